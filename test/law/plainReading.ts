import { historyBounds } from '../../model/definition/history';
import { durationMs, millis } from '../../model/time/time';
import { split } from '../../model/time/window';
import type { Definition } from './definition';

/** Rows of the curated tables as text, and the windows that their gate would hold. */
export interface Read {
  readonly daily: readonly string[];
  readonly rolling: readonly string[];
  readonly held: readonly string[];
}

interface Row {
  readonly at: number;
  readonly sensor: string;
  readonly value: number | null;
  readonly revision: number;
  readonly note: boolean;
}

/**
 * What an undisturbed run of `definition` over `files` publishes, read plainly and without SQL; windows of `absent` are not run.
 * Files are CSV of `at,sensor,value,revision,note`, without quotes.
 */
export function plainReading(
  definition: Definition,
  files: ReadonlyMap<string, string>,
  absent: ReadonlySet<string> = new Set(),
): Read {
  const rows = winners(definition, files);
  const calendar = { window: definition.grain, from: definition.from, until: definition.until };
  const windows = split(definition.grain, historyBounds(calendar));
  const daily: string[] = [];
  const totals: { at: number; total: number }[] = [];
  const held: string[] = [];
  for (const { start, end } of windows) {
    if (absent.has(start)) continue;
    const bySensor = new Map<string, Row[]>();
    for (const row of rows)
      if (row.at >= millis(start) && row.at < millis(end))
        bySensor.set(row.sensor, [...(bySensor.get(row.sensor) ?? []), row]);
    if (definition.atMost !== null && [...bySensor.values()].some((of) => of.length > definition.atMost!))
      held.push(start);
    for (const [sensor, of] of bySensor) {
      const values = of.flatMap(({ value }) => value ?? []);
      const sum = definition.total === 'sum' ? values.reduce((a, b) => a + b, 0) : Math.max(...values);
      const notes = definition.notes ? ` ${of.filter(({ note }) => note).length}` : '';
      daily.push(`${start} ${sensor} ${of.length} ${values.length === 0 ? 'null' : sum}${notes}`);
      totals.push({ at: millis(start), total: values.length === 0 ? 0 : sum });
    }
  }
  const rolling = windows
    .filter(({ start }) => !absent.has(start))
    .map(({ start, end }) => {
      const from = millis(start) - durationMs(definition.reach);
      const within = totals.filter(({ at }) => at >= from && at < millis(end));
      return `${start} ${within.reduce((sum, { total }) => sum + total, 0)}`;
    });
  return { daily: daily.sort(), rolling: rolling.sort(), held };
}

/** One row a key: the greatest by revision where that counts, origin and position. */
function winners(definition: Definition, files: ReadonlyMap<string, string>): Row[] {
  const best = new Map<string, Row>();
  for (const [, file] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const line of file.split('\n').slice(1).filter(Boolean)) {
      const row = rowOf(definition, line);
      if (row === null) continue;
      const key = definition.key === 'sensor' ? row.sensor : `${row.at} ${row.sensor}`;
      const former = best.get(key);
      // Later in the order of origin and position, so the greater unless its revision is less.
      if (!former || !definition.latestBy || row.revision >= former.revision) best.set(key, row);
    }
  }
  return [...best.values()];
}

/** The record as a row; null where it is a dead letter. */
function rowOf(definition: Definition, line: string): Row | null {
  const [at, sensor, value, revision, note] = line.split(',');
  const number = value === '' ? null : Number(value);
  if (number !== null && (Number.isNaN(number) || number > definition.most)) return null;
  const moment = millis(at!);
  const bounds = historyBounds({ window: definition.grain, from: definition.from, until: definition.until });
  if (definition.outside === 'deadLetter' && (moment < millis(bounds.start) || moment >= millis(bounds.end)))
    return null;
  return {
    ...{ at: moment, sensor: sensor!, value: number, note: note !== '' },
    revision: revision === '' ? -Infinity : Number(revision),
  };
}
