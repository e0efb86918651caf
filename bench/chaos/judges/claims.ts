import type { Pipeline } from '../../../model/definition/pipeline';
import type { Window } from '../../../model/time/window';
import { split } from '../../../model/time/window';
import type { Database } from '../../../store/postgres/database';
import type { Accounting } from '../../../store/proof/accounting';
import { accountFor, accountForWindow } from '../../../store/proof/accounting';
import { verifyRange } from '../../../store/proof/verify';
import { dayOf, midnightOf } from '../subject';
import type { Cell } from './oracle';
import { differingCells } from './oracle';

/**
 * What `verify` finds wrong: recomputed from raw, every window that the ledger has as published and not stale is what is stored. With `healed`, nothing
 * may be owed either.
 */
export async function falseClaims(
  database: Database,
  pipeline: Pipeline,
  range: Window,
  healed: boolean,
): Promise<string[]> {
  const { compared, records } = await verifyRange(database, [pipeline], pipeline, range, () => undefined);
  const wrong = compared.filter(({ equal, owed }) => !equal && (healed || owed === null));
  return [
    ...wrong.map(
      ({ table, window, stored, recomputed, differing }) =>
        `verify: ${table} ${window} is ${stored}, recomputed ${recomputed}; ${differing.join('; ')}`,
    ),
    // Statement by statement, so only where nothing runs.
    ...(healed ? await unlikeParts(database, pipeline, range, records) : []),
    ...(records.balanced ? [] : [`verify: records do not balance: ${JSON.stringify(records)}`]),
  ];
}

/** Records, live, beaten and dead of the windows and of the windowless are those of the pipeline: what `show` says, summed, is what `status` and the tables say. */
async function unlikeParts(
  database: Database,
  pipeline: Pipeline,
  range: Window,
  records: Accounting,
): Promise<string[]> {
  const said = ({ records: all, live, beaten, deadLetters }: Accounting): string =>
    `${all} = ${live} + ${beaten} + ${deadLetters}`;
  const status = await accountFor(database, pipeline);
  let sum = await accountForWindow(database, pipeline, null);
  for (const window of split(pipeline.window, range)) {
    const part = await accountForWindow(database, pipeline, window);
    sum = {
      ...sum,
      records: sum.records + part.records,
      live: sum.live + part.live,
      beaten: sum.beaten + part.beaten,
      deadLetters: sum.deadLetters + part.deadLetters,
    };
  }
  return [
    ...(said(status) === said(records) ? [] : [`status says ${said(status)}, the tables ${said(records)}`]),
    ...(said(sum) === said(records) ? [] : [`show, summed, says ${said(sum)}, the tables ${said(records)}`]),
  ];
}

/** What differs between the published tables and what the plain reading of the files makes of each window. */
export async function unlikeTruth(database: Database, right: readonly (readonly Cell[])[]): Promise<string[]> {
  const rows = await database.query<{ w: string; hour: string; sensor: string; readings: number; total: string }>(
    `select _window as w, hour, sensor, readings, total from marts.chaos_hourly`,
  );
  const days = await database.query<{ w: string; line: string }>(
    `select _window as w, concat_ws(' ', day, readings, total) as line from marts.chaos_daily`,
  );
  return right.flatMap((cells, window) => {
    const published = rows
      .filter((row) => dayOf(row.w) === window)
      .map((row) => ({ ...row, total: Number(row.total) }));
    const sum = (of: (cell: Cell) => number): number => cells.reduce((total, cell) => total + of(cell), 0);
    const day = midnightOf(window).slice(0, 10);
    const whole = `${day} ${sum((cell) => cell.readings)} ${sum((cell) => cell.total)}`;
    const said = days.filter((row) => dayOf(row.w) === window).map((row) => row.line);
    return [
      ...differingCells(published, cells).map((line) => `plain reading: ${line}`),
      ...(said.join() === whole ? [] : [`plain reading: ${day} is "${said.join()}", right is "${whole}"`]),
    ];
  });
}
