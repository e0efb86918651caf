import type { Format } from '../../model/definition/source';
import type { CsvForm } from './csvForm';
import { PLAIN_CSV } from './csvForm';

const CR = 13;
const MIB = 1024 * 1024;

/** What ends a record in one delivery. */
export interface Framing {
  /** True where a line end in quotes is data. */
  readonly quoted: boolean;
  /** True where CR alone ends a record, as LF and CRLF do everywhere. */
  readonly bareCr: boolean;
  /** A quoted record longer than this has lost its closing quote: it is cut at its first line end, so that one stray quote cannot swallow a file. */
  readonly maxQuotedBytes: number;
  /** A record longer than this is set aside unread: memory holds no more of one. */
  readonly maxRecordBytes: number;
  /** True where a line of spaces is blank, as an empty one is. */
  readonly spacesAreBlank: boolean;
  /** Of CSV: what is between fields, around them and before a quote in one; what a line begins with that is no record; which records are none. */
  readonly csv: Pick<CsvForm, 'delimiter' | 'quote' | 'escape' | 'comment' | 'skips'>;
}

export type Bounds = Pick<Framing, 'maxQuotedBytes' | 'maxRecordBytes'>;

const BOUNDS: Bounds = { maxQuotedBytes: MIB, maxRecordBytes: 64 * MIB };

/** How a delivery is framed: by its format and, in CSV, by the line end of its header, which is the last of `preamble`. */
export function framingOf(
  format: Format,
  preamble: Buffer,
  bounds: Partial<Bounds> = {},
  csv: CsvForm = PLAIN_CSV,
): Framing {
  const isCsv = format === 'csv';
  const bareCr = isCsv && csv.headerLine !== 0 && preamble.at(-1) === CR;
  return { ...BOUNDS, ...bounds, quoted: isCsv && csv.quote !== -1, bareCr, spacesAreBlank: !isCsv, csv };
}
