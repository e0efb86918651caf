import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { instant } from '../../model/time/time';
import { statusCounts } from '../../store/standing/statusCounts';
import { accountFor, publishedTables, secondsByLayer } from '../../store/proof/accounting';
import { warningsOf } from '../../store/standing/warnings';
import type { Runtime } from '../session/runtime';
import { SHOWN_WARNINGS } from '../session/standing';
import { accountingLine } from './accounting';
import { warnedWords, warningLines } from './freshness';
import { print } from './print';
import { aligned, count } from './table';

const FIRST_ROWS = 5;

/** Prints what holds for `pipeline` now: windows, the accounting of its records, digest, seconds a layer, and the first rows readers see. */
export async function printSummary(
  { database, register }: Runtime,
  pipeline: Pipeline,
  run: { since: number | null; seconds: number },
): Promise<void> {
  const [windows, warnings, account, tables, seconds] = await Promise.all([
    statusCounts(database, register, pipeline, instant(Date.now())),
    warningsOf(database, pipeline, SHOWN_WARNINGS),
    accountFor(database, pipeline),
    publishedTables(database, pipeline, FIRST_ROWS),
    run.since === null ? null : secondsByLayer(database, pipeline.name, run.since),
  ]);
  print({}, null, () => [
    '',
    `${pipeline.name}  ${[
      run.since !== null
        ? `done in ${run.seconds.toFixed(1)} s`
        : windows.missing + windows.accepted > 0
          ? 'nothing to do'
          : 'nothing to do, all is published',
      ...(warnings.windows > 0 ? [warnedWords(warnings.windows)] : []),
    ].join('; ')}`,
    `  windows    ${count(windows.published)} of ${count(windows.windows)} published`,
    ...warningLines(pipeline.name, warnings).map(
      (line, i) => `  ${i === 0 ? 'warnings   ' : '           '}${line.trim()}`,
    ),
    `  records    ${accountingLine(account)}`,
    ...(seconds
      ? [
          `  seconds    raw ${seconds.raw.toFixed(1)}, cleaned ${seconds.cleaned.toFixed(1)}, curated ${seconds.curated.toFixed(1)}, published ${seconds.published.toFixed(1)} (summed over windows)`,
        ]
      : []),
    ...tables.flatMap((table) => [
      `  ${table.name}  ${counted(table.rows, 'row')}  digest ${table.digest}`,
      '',
      ...aligned(table.first.map(asData), '    '),
      '',
    ]),
  ]);
}

// Whole numbers of data as they are: `2001` may be a year.
const asData = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, Number.isInteger(value) ? String(value) : value]),
  );
