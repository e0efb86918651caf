import type { Window } from '../time/window';
import type { Rendered } from './sql';
import type { Curated } from './table';

/** Where windows of a curated table are published: what every kind says of itself. `in` says when it is written. */
export type Sink = PublishSink | DeliverySink;

interface SinkFacts {
  readonly kind: string;
  readonly table: Curated;
  /** How people call it, the same for ever: `marts.airport_daily`. */
  readonly name: string;
}

/**
 * A sink in the same PostgreSQL, written in the transaction that closes the run: readers see a window with its ledger, or neither.
 * It keeps a relation in which readers, `verify`, `digest` and reports find the published rows.
 */
export interface PublishSink extends SinkFacts {
  readonly in: 'publish';
  /** The `schema.table` that it keeps: with the table's columns as they are declared, and `_window timestamptz`, the start of each row's window. */
  readonly relation: string;
  /** Columns of its relation besides those, each with what a `create table` says of it; nobody but the sink reads or changes them. */
  readonly ownColumns?: Readonly<Record<string, string>>;
  /** Makes the relation where it is missing; a second call changes nothing. @throws DefinitionInvalid when something else has its name. */
  ensure(tx: SinkTransaction): Promise<unknown>;
  /** Makes the relation hold exactly these rows for this window, and leaves every other window alone; how many rows it wrote, 0 for what was there. */
  write(tx: SinkTransaction, staged: StagedWindow): Promise<number>;
}

/** Reserved: a sink elsewhere, which is owed each window after its publish. `definePipeline` refuses it until there is a delivery. */
export interface DeliverySink extends SinkFacts {
  readonly in: 'delivery';
}

/** One window of a curated table, past its gate. */
export interface StagedWindow {
  readonly window: Window;
  /** The rows that it shall hold, as a `from` item that needs an alias: a select in parentheses of the table's columns, without values. */
  readonly rows: string;
  /** The run that publishes. */
  readonly epoch: number;
}

/** The open transaction that a sink writes in; it neither commits nor rolls back. */
export interface SinkTransaction {
  query<R extends object>(query: string | Rendered, values?: unknown[]): Promise<R[]>;
  /** Runs a write; the number of rows it changed. */
  run(query: string | Rendered, values?: unknown[]): Promise<number>;
}
