import { stretched } from '../../model/definition/reads';
import type { Covers, Rendered, Rendering, Sql, Value } from '../../model/definition/sql';
import { quoteIdent, render } from '../../model/definition/sql';
import type { Curated, Table } from '../../model/definition/table';
import type { Grain, Window } from '../../model/time/window';
import { isWhole } from '../../model/time/window';
import { FIRST_LARGE_DELIVERY, columnList, physical } from './identifiers';

/** What readers see of a former calendar, and what waits to take its place. */
export interface ChangingCalendar {
  /** Starts of windows that are still shown and none of the calendar. */
  readonly foreign: readonly string[];
  /** Runs whose rows wait in the stages. */
  readonly staged: readonly { readonly start: string; readonly epoch: number }[];
}

/** Where a select reads its tables from. */
export interface Scope {
  readonly window: Window;
  /** How the windows of the pipeline are cut, for a reach in months. */
  readonly grain: Grain;
  /** The run whose stage holds this window of the curated tables that came before. */
  readonly epoch: number;
  /** Curated tables of the same pipeline: this window from the stage, other windows as published. */
  readonly own: readonly Curated[];
  /** Large deliveries that hold rows which the window may read, of cleaned tables where no others matter: the rest of their partitions is not opened. */
  readonly deliveries?: ReadonlyMap<Table, readonly number[]>;
  /** While another calendar takes the place of a former one: other windows of the own tables as the new one has them. */
  readonly changing?: ChangingCalendar;
  /** The cleaned table that `verify` has recomputed into a temporary table of its name; own curated ones then lie there too. */
  readonly recomputed?: Table;
  /** Where `check` keeps the empty shape of each table; nothing else is read then. */
  readonly shapes?: ReadonlyMap<Table, string>;
}

/** `fragment` as text and values for one window of one run. */
export function renderFor(fragment: Sql, scope: Scope): Rendered {
  return render(fragment, rendering(scope));
}

function rendering(scope: Scope): Rendering {
  return {
    table: (hole) => tableSource(hole as Table, scope),
    covers: (covers, param) => coversText(covers, scope, param),
    edge: (edge, param) => `${param(scope.window[edge])}::timestamptz`,
  };
}

/** A table as a `from` item: the live rows of a cleaned one; this run's stage and the other windows of an own curated one. */
export function tableSource(table: Table, scope: Scope): string {
  const columns = columnList(table);
  const { recomputed, shapes } = scope;
  if (shapes) return `(select ${columns} from ${shapes.get(table)}${table.layer === 'cleaned' ? ' where _live' : ''})`;
  if (table.layer === 'cleaned') {
    const home = recomputed === table ? `pg_temp.${quoteIdent(table.tableName)}` : physical.cleaned(table.tableName);
    return `(select ${columns} from ${home} where _live${ofDeliveries(scope.deliveries?.get(table))})`;
  }
  if (!scope.own.includes(table)) return `(select ${columns} from ${physical.curated(table.tableName)})`;
  const present = recomputed
    ? `(select ${columns} from pg_temp.${quoteIdent(table.tableName)})`
    : stagedRows(table, scope.epoch);
  const { foreign = [], staged = [] } = scope.changing ?? {};
  const others = staged.filter(({ start }) => start !== scope.window.start).map(({ epoch }) => epoch);
  const left = [scope.window.start, ...foreign].map((start) => `'${start}'::timestamptz`).join(', ');
  return (
    [
      `(${present}`,
      `union all select ${columns} from ${physical.curated(table.tableName)} where _window not in (${left})`,
      ...(others.length > 0
        ? [`union all select ${columns} from ${physical.stage(table.tableName)} where _epoch in (${others.join(', ')})`]
        : []),
    ].join(' ') + ')'
  );
}

/** Condition that leaves the partition of small deliveries and those of these large ones; in literals, so that planning is over them alone. */
export const ofDeliveries = (large: readonly number[] | undefined): string =>
  large === undefined ? '' : ` and (${[`_delivery < ${FIRST_LARGE_DELIVERY}`, ...inList(large)].join(' or ')})`;

const inList = (large: readonly number[]): string[] => (large.length > 0 ? [`_delivery in (${large.join(', ')})`] : []);

/** The rows that a run has computed for its window of `table`, as a `from` item. */
export const stagedRows = (table: Curated, epoch: number): string =>
  `(select ${columnList(table)} from ${physical.stage(table.tableName)} where _epoch = ${epoch})`;

// Half-open, and plain comparisons on the bare column, so that its index serves.
function coversText(covers: Covers, { window, grain }: Scope, param: (value: Value) => string): string {
  const column = covers.column.split('.').map(quoteIdent).join('.');
  if (isWhole(window)) return 'true';
  const { start, end } = stretched(grain, window, [covers]);
  return `(${column} >= ${param(start)}::timestamptz and ${column} < ${param(end)}::timestamptz)`;
}
