import type { Window } from '../time/window';

/** How records lie in a source's bytes. `csv` is RFC 4180 with a header line; `ndjson` is one JSON object a line. */
export type Format = 'csv' | 'ndjson';

/** One thing a source would hand over: a file, a page range, a batch. */
export interface Offer {
  /** Where it comes from, the same at each call; the second part of the order among rows of one key. */
  readonly origin: string;
  /** Cheap text that changes whenever the bytes may have (size and time of a file, an ETag): same version, not read again. */
  readonly version: string;
  /** About how many bytes `read` will yield, where known; decides how the rows are stored, never what they are. */
  readonly bytesHint?: number;
}

/**
 * Where records come from. Every method may be called again at any moment. `read` yields the delivery's bytes in order,
 * cut anywhere; memory stays bounded by a chunk. Bad input throws SourceMissing or SourceUnreadable.
 */
export interface Source {
  readonly kind: string;
  readonly format: Format;
  /** One line for people: `parquet files node_modules/…/flights-3m.parquet`. */
  readonly describe: string;
  /** True when one delivery may cover many windows, so that a backfill lands it once before its windows run. */
  readonly shared: boolean;
  /** What the source has for `range`; windows inside `range` may share an offer. */
  offers(range: Window): Promise<readonly Offer[]>;
  read(offer: Offer): AsyncIterable<Buffer>;
}
