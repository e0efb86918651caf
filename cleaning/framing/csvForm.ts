import type { Dialect } from '../../model/definition/reading/dialect';
import type { Encoding, SingleByte } from '../../model/definition/reading/encoding';
import { byteOf, isSingleByte } from '../../model/definition/reading/encoding';
import type { Characters } from './characters';
import { charactersIn } from './characters';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** Characters of a record that say whether it is one. */
const ASKED = 1_000;
/** A character of UTF-8 has up to four bytes. */
const ASKED_BYTES = 4 * ASKED;

/** A dialect as bytes: how one delivery's records and fields lie, and what their characters are. */
export interface CsvForm {
  readonly delimiter: number;
  /** -1 where no field is quoted. */
  readonly quote: number;
  /** The quote itself, where it is doubled to stand in a field. */
  readonly escape: number;
  /** -1 where every line is a record. */
  readonly comment: number;
  /** True of a record that is none. */
  readonly skips: ((bytes: Buffer, start: number, end: number) => boolean) | null;
  /** The line of the names, from 1; 0 where there is none; null where it is the first one that is not blank. */
  readonly headerLine: number | null;
  /** The names, where the file has none; empty where only framing is asked. */
  readonly names: readonly string[];
  readonly snakeCase: boolean;
  readonly characters: Characters;
  readonly nulls: readonly Buffer[];
  readonly decimal: number;
  /** Empty where digits stand together. */
  readonly thousands: string;
}

/** How long the byte order mark of UTF-8 is that `bytes` begin with. */
export const markLength = (bytes: Buffer): number => (bytes.subarray(0, 3).equals(BOM) ? 3 : 0);

/** How to read a delivery whose first bytes are these: a mark says UTF-8, whatever the dialect says. What was UTF-16 has landed with one. */
export function csvForm(dialect: Dialect = {}, first: Buffer): CsvForm {
  const {
    delimiter = ',',
    quote = '"',
    escape,
    comment,
    skip,
    header,
    names,
    nulls = [],
    decimal,
    thousands,
  } = dialect;
  const encoding: 'utf-8' | SingleByte = singleByteOf(dialect.encoding, first);
  const characters = charactersIn(encoding);
  const quoteByte = quote === false ? -1 : byteOf(quote, encoding);
  return {
    delimiter: byteOf(delimiter, encoding),
    quote: quoteByte,
    escape: escape === undefined ? quoteByte : byteOf(escape, encoding),
    comment: comment === undefined ? -1 : byteOf(comment, encoding),
    skips: skip
      ? (bytes, start, end) =>
          skip.test(characters.shown(bytes, start, Math.min(end, start + ASKED_BYTES)).slice(0, ASKED))
      : null,
    headerLine: header === undefined ? null : typeof header === 'number' ? header : 0,
    names: typeof header === 'object' ? header : [],
    snakeCase: names === 'snake_case',
    characters,
    nulls: nulls.map((text) => characters.bytesOf(text)),
    decimal: decimal === ',' ? 44 : 46,
    thousands: thousands ?? '',
  };
}

const singleByteOf = (encoding: Encoding | undefined, first: Buffer): 'utf-8' | SingleByte =>
  isSingleByte(encoding) && markLength(first) === 0 ? encoding : 'utf-8';

/** CSV as everybody writes it. */
export const PLAIN_CSV: CsvForm = csvForm({}, Buffer.alloc(0));
