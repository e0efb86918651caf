import type { PipelineError } from '../run/errors';
import type { Window } from '../time/window';
import type { PathPattern, PathValues } from './paths/pathPattern';
import type { Dialect } from './reading/dialect';

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

/** What it means that a source has nothing where it names something: a fact (no rows), a failure, or that it is not there yet. */
export type Missing = 'empty' | 'fail' | 'wait';

/** All that a source can say of a range of event time. */
export interface Survey {
  readonly offers: readonly Offer[];
  /** There, and not offered yet: still being written, or without its marker. */
  readonly unsettled: readonly { readonly origin: string; readonly why: string }[];
  /** Named, and nothing is there: a path of one time, with its globs. */
  readonly missing: readonly { readonly path: string; readonly error: () => Promise<PipelineError> }[];
}

/**
 * Where records come from: what every kind says of itself. What a source can *do* is an interface of its own that extends this
 * one, and a guard that asks for it (`isListed`). A kind has as many as it can keep: one that hands over increments behind a
 * cursor, or one that can be followed, is another interface and another guard here, and no change to the kinds there are.
 */
export interface Source {
  readonly kind: string;
  readonly format: Format;
  /** One line for people: `parquet files node_modules/…/flights-3m.parquet`. */
  readonly describe: string;
  /** How its CSV is written, where it is not RFC 4180 in UTF-8 with a header line. */
  readonly dialect?: Dialect;
}

/**
 * A source that can say what it has for a range of event time, and hand over any of it again. Every method may be called at any
 * moment, by several workers at once. Bad input throws SourceMissing or SourceUnreadable.
 */
export interface Listed extends Source {
  /** True when one delivery may cover many windows, so that a backfill lands it once before its windows run. */
  readonly shared: boolean;
  /** What the source has for `range`, oldest first; windows inside `range` may share an offer. `zone`: whose days and hours names mean, where they are not UTC's. */
  list(range: Window, zone?: string): Promise<readonly Offer[]>;
  /**
   * What the source has for this origin now, as `list` would say it: asked under the origin's lock, so it must be cheap.
   * Null when it names no such origin. @throws SourceMissing when it names it, and nothing is there.
   */
  one(origin: string): Promise<Offer | null>;
  /** Its origins as one path with placeholders (`{date}`), where they are such: what a person gives to `weir move`. */
  readonly path?: string;
  /**
   * True when `list` names this origin for some range: asked of the definition alone, without a look at what is there, so that origins a
   * former definition named are told. Absent: not known, and none is told.
   */
  names?(origin: string): boolean;
  /**
   * Text that differs wherever `names` may answer otherwise: a run then asks it once about each origin. Absent: it asks about all of them each time.
   */
  readonly naming?: string;
  /** The origins that `list` names for `range`, there or not, but for those of globs. With it, one that is landed and gone is a note and no failure. */
  named?(range: Window, zone?: string): readonly string[];
  /** Whether `list` names an origin for `range`, there or not, those of globs too. */
  namedFor?(range: Window, zone?: string): (origin: string) => boolean;
  /** What the origins that `list` names for `range` begin with, so that the ledger is asked about those alone. Absent: about all. */
  beginnings?(range: Window, zone?: string): readonly string[];
  /** The same as `list`, without an error for what is not there, and with what is not offered yet. A run asks it where there is one. */
  survey?(range: Window, zone?: string): Promise<Survey>;
  /** What a run makes of a survey's `missing`; a failure where it is not said. */
  readonly missing?: Missing;
  /** Its paths, and what their variables are in an origin: the same for ever, whatever is there. For columns that read `path(…)`. */
  readonly paths?: readonly PathPattern[];
  valuesOf?(origin: string): PathValues | null;
  /** What it would hand over for a file that it does not name, wherever that lies: for who tries one before it is sent. */
  sample?(path: string): Promise<Offer>;
  /** The delivery's bytes in order, cut anywhere; memory stays bounded by a chunk. */
  read(offer: Offer): AsyncIterable<Buffer>;
}

/** True when `source` can be listed; the only kind that a pipeline runs from today. */
export const isListed = (source: Source): source is Listed => 'list' in source && 'one' in source && 'read' in source;
