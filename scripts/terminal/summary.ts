import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { instant } from '../../model/time/time';
import { countWindows } from '../../model/time/window';
import { accountFor, publishedTables, secondsByLayer } from '../../store/proof/accounting';
import type { Runtime } from '../session/runtime';

const FIRST_ROWS = 5;
const count = (n: number): string => n.toLocaleString('en');

/** Prints what holds for `pipeline` now: windows, the accounting of its records, digest, seconds a layer, and the first rows readers see. */
export async function printSummary(
  { database }: Runtime,
  pipeline: Pipeline,
  run: { since: number | null; seconds: number },
): Promise<void> {
  const range = historyOf(pipeline, instant(Date.now()));
  const [[windows], account, tables] = await Promise.all([
    database.query<{ published: string }>(
      `select count(*) as published from weir.windows where pipeline = $1 and published_at is not null and window_start >= $2 and window_start < $3`,
      [pipeline.name, range.start, range.end],
    ),
    accountFor(database, pipeline),
    publishedTables(database, pipeline, FIRST_ROWS),
  ]);
  const total = countWindows(pipeline.window, range);
  const lines = [
    '',
    `${pipeline.name}  ${run.since === null ? 'nothing to do, all is published' : `done in ${run.seconds.toFixed(1)} s`}`,
    `  windows    ${count(Number(windows!.published))} of ${count(total)} published`,
    `  records    ${count(account.records)} in = ${count(account.live)} live + ${count(account.beaten)} beaten + ${count(account.deadLetters)} dead letters${account.balanced ? '' : '   NOT BALANCED: report this'}`,
  ];
  if (run.since !== null) {
    const seconds = await secondsByLayer(database, pipeline.name, run.since);
    lines.push(
      `  seconds    raw ${seconds.raw.toFixed(1)}, cleaned ${seconds.cleaned.toFixed(1)}, curated ${seconds.curated.toFixed(1)}, published ${seconds.published.toFixed(1)} (summed over windows)`,
    );
  }
  for (const table of tables) {
    lines.push(
      `  ${table.name}  ${count(table.rows)} rows  digest ${table.digest}`,
      '',
      ...aligned(table.first).map((line) => `    ${line}`),
      '',
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function aligned(rows: readonly Record<string, unknown>[]): string[] {
  if (!rows[0]) return [];
  const columns = Object.keys(rows[0]);
  const cells = [columns, ...rows.map((row) => columns.map((column) => shown(row[column])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  const numeric = columns.map((column) =>
    rows.every((row) => row[column] === null || /^-?\d/.test(shown(row[column]))),
  );
  return cells.map((line) =>
    line
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

const shown = (value: unknown): string =>
  value === null ? 'null' : typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
