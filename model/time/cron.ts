import { Cron } from 'croner';
import type { Instant } from './time';
import { instant, millis } from './time';

const DAY_MS = 86_400_000;

/** The two fields of time, of a cron expression of five; nicknames written out. */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** @throws RangeError when `expression` is no cron expression of five fields, or never comes. */
export function checkCron(expression: string, zone: string): void {
  const fields = fieldsOf(expression);
  if (fields.length !== 5)
    throw new RangeError(
      `cron ${JSON.stringify(expression)} has ${fields.length} fields: write five (minute hour day month weekday) or @daily`,
    );
  try {
    if (newestAt(expression, zone, '2040-01-01T00:00:00Z') !== null) return;
  } catch (error) {
    throw new RangeError(`cron ${JSON.stringify(expression)}: ${(error as Error).message}`, { cause: error });
  }
  throw new RangeError(`cron ${JSON.stringify(expression)} never comes`);
}

/** The newest moment up to `now`, itself included, that `expression` names by the clocks of `zone`; null where there is none. */
export function newestAt(expression: string, zone: string, now: Instant): Instant | null {
  // `previousRuns` leaves the moment itself out.
  const [newest] = cron(fieldsOf(expression).join(' '), zone).previousRuns(1, new Date(millis(now) + 1_000));
  return newest ? instant(newest.getTime()) : null;
}

/** The first moment after `now` that `expression` names by the clocks of `zone`; null where none comes. */
export function nextAt(expression: string, zone: string, now: Instant): Instant | null {
  const next = cron(fieldsOf(expression).join(' '), zone).nextRun(new Date(millis(now)));
  return next ? instant(next.getTime()) : null;
}

/** The minutes of the local day at which `expression` may come, whatever the date. */
export function minutesOf(expression: string): number[] {
  const [minute, hour] = fieldsOf(expression);
  const day = cron(`${minute} ${hour} * * *`, 'UTC');
  const found: number[] = [];
  for (let at = day.nextRun(new Date(-1_000)); at && at.getTime() < DAY_MS; at = day.nextRun(at))
    found.push(at.getTime() / 60_000);
  return found;
}

const cron = (expression: string, timezone: string): Cron => new Cron(expression, { timezone, paused: true });

const fieldsOf = (expression: string): string[] => (NICKNAMES[expression.trim()] ?? expression).trim().split(/\s+/);
