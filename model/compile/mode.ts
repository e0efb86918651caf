import type { Pipeline } from '../definition/pipeline';
import type { Source } from '../definition/source';
import type { Duration } from '../time/time';
import { durationMs } from '../time/time';
import { lengthOf, zoneOf } from '../time/window';

type Promised = Pick<Pipeline, 'window' | 'until' | 'freshness' | 'schedule'> & {
  readonly source: Pick<Source, 'kind'>;
};

/** How a pipeline runs so that it keeps its promise, and why; or that nothing can, and what would. */
export type Mode =
  | { readonly mode: 'batch'; readonly says: string }
  | { readonly mode: 'none'; readonly says: string; readonly what: string; readonly next: string };

const AFTER: Duration = '15m';
const MINUTE_MS = 60_000;
/** Runs that fail or find nothing new between two that keep the promise. */
const TRIES = 8;
/** What a schedule may say, longest first. */
const CADENCES: readonly Duration[] = ['1w', '1d', '12h', '6h', '3h', '1h', '30m', '15m', '5m', '1m'];
/** Kinds of source whose records come by themselves. */
const FOLLOWED = 'appendedRows, httpPush, kafkaTopic';

/**
 * How long after its end a window is due: as declared, else 15 minutes, else what the promise leaves of that, down to a minute. Right before the next
 * publish the newest data is a window and this much old.
 */
export function afterOf({ window, freshness, schedule }: Pick<Pipeline, 'window' | 'freshness' | 'schedule'>): number {
  const declared = schedule !== 'manual' && schedule?.after;
  if (declared) return durationMs(declared);
  const usual = durationMs(AFTER);
  if (!freshness || window === 'whole') return usual;
  const left = durationMs(freshness.errorAfter) - longestMs(window);
  // Half of it, so that the run has the other half.
  return left >= usual ? usual : Math.max(MINUTE_MS, Math.floor(left / 2 / MINUTE_MS) * MINUTE_MS);
}

/** How often a table of one window is made anew where no cron says it and a promise asks for it; null where nothing does, or nothing can. */
export function everyOf({
  window,
  freshness,
  schedule,
}: Pick<Pipeline, 'window' | 'freshness' | 'schedule'>): number | null {
  if (window !== 'whole' || !freshness || schedule === 'manual' || schedule?.cron !== undefined) return null;
  const promise = durationMs(freshness.errorAfter);
  const cadence =
    CADENCES.find((every) => durationMs(every) <= promise / TRIES) ??
    CADENCES.find((every) => 2 * durationMs(every) <= promise);
  return cadence === undefined ? null : durationMs(cadence);
}

/** Batch is the default; a stream is named only where no schedule can keep the promise. `schedule` overrides what the promise would pick. */
export function modeOf(pipeline: Promised): Mode {
  const { window, until, freshness, schedule } = pipeline;
  const batch = (how: string): Mode => ({ mode: 'batch', says: `batch, ${how}` });
  const why = freshness ? `: the promise is ${words(durationMs(freshness.errorAfter))}` : '';
  if (until !== undefined) return batch(`by backfill: the history ends`);
  if (schedule === 'manual') return batch(`by hand: schedule is 'manual'${freshness ? ', and so is the promise' : ''}`);
  if (schedule?.cron !== undefined) return batch(`cron ${schedule.cron} (${schedule.zone ?? 'UTC'})${why}`);
  if (!freshness)
    return batch(window === 'whole' ? 'by hand: nothing is promised' : `every ${window}: nothing is promised`);
  const promise = durationMs(freshness.errorAfter);
  if (window === 'whole') {
    const every = everyOf(pipeline);
    return every === null ? streamNeeded(pipeline, promise) : batch(`every ${words(every)}${why}`);
  }
  const oldest = longestMs(window) + afterOf(pipeline);
  if (oldest <= promise) return batch(`every ${words(longestMs(window))}${why}`);
  const shorter = CADENCES.find((size) => durationMs(size) + MINUTE_MS <= promise);
  if (shorter === undefined) return streamNeeded(pipeline, promise);
  const declared = schedule?.after !== undefined && longestMs(window) + MINUTE_MS <= promise;
  return impossible(
    `no schedule keeps ${words(promise)} with windows of ${window}: right before the next publish the newest data is ${words(oldest)} old`,
    declared
      ? `schedule: { after: '${short(promise - longestMs(window))}' } or less, or errorAfter of '${short(oldest)}' or more`
      : `windows of ${shorter}, or errorAfter of '${short(oldest)}' or more`,
  );
}

function streamNeeded({ source: { kind } }: Promised, promise: number): Mode {
  const followed = FOLLOWED.split(', ').includes(kind);
  return impossible(
    followed
      ? `a stream would be needed for ${words(promise)}, and streams are not served yet`
      : `a stream would be needed for ${words(promise)}; ${inWords(kind)} cannot be followed: ${FOLLOWED} can`,
    followed
      ? `errorAfter of '2m' or more, which batch keeps`
      : `a source that can be followed, or errorAfter of '2m' or more, which batch keeps with windows of 1m`,
  );
}

const impossible = (what: string, next: string): Mode => ({
  mode: 'none',
  says: `${what}; what would: ${next}`,
  what,
  next,
});

/** The longest window of a grain: clocks that go back make days, weeks and months an hour longer. */
function longestMs(grain: Exclude<Pipeline['window'], 'whole'>): number {
  const days = grain.startsWith('1mo') ? 31 : grain.startsWith('1w') ? 7 : 1;
  return lengthOf(grain) ?? (days * 24 + (zoneOf(grain) === null ? 0 : 1)) * 60 * MINUTE_MS;
}

// `csvFiles` as people say it.
const inWords = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', MINUTE_MS],
  ['s', 1_000],
] as const;

/** `1 d`, `3 h`, `1 d 15 min`. */
function words(ms: number): string {
  const parts: string[] = [];
  let left = ms;
  for (const [unit, size] of UNITS) {
    if (left >= size) parts.push(`${Math.floor(left / size)} ${unit}`);
    left %= size;
  }
  return parts.join(' ');
}

/** As a definition writes it: in the largest unit that leaves nothing. */
function short(ms: number): string {
  const [unit, size] = UNITS.find(([, one]) => ms % one === 0) ?? ['s', 1_000];
  return `${Math.ceil(ms / size)}${unit === 'min' ? 'm' : unit}`;
}
