import { parse } from 'csv-parse/sync';
import type { Format } from '../../model/definition/source';
import { Framer } from '../framing/framer';
import type { CsvForm } from '../framing/csvForm';
import type { Framing } from '../framing/framing';
import { jsonMembers } from './jsonMembers';

/**
 * A field as the source wrote it. `scalar` is a JSON number or boolean, `nested` an object or array; `json` is a JSON string with its quotes;
 * an object has members.
 */
export type PlainField =
  | { readonly kind: 'text'; readonly text: string; readonly json?: string }
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'nested'; readonly text: string; readonly members?: () => PlainFields }
  | { readonly kind: 'absent' }
  | { readonly kind: 'empty'; readonly json?: string }
  | {
      readonly kind: 'invalid';
      readonly nested: boolean;
      readonly reason?: string;
      readonly members?: () => PlainFields;
    };

export type PlainFields = ReadonlyMap<string, PlainField>;

/** Fields by name, or why the record has none; and how many bytes it has. */
export interface PlainRecord {
  readonly fields: PlainFields | string;
  readonly size: number;
}

const CR = 13;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The records of segments, one after the other: fields by name, or why the record has none. Records are framed as landing framed them
 * (their numbers must agree); what is in a record is read by a library.
 */
export async function* referenceRecords(
  format: Format,
  framing: Framing,
  header: readonly string[],
  segments: AsyncIterable<Buffer>,
  bound: number,
  form: CsvForm,
): AsyncGenerator<PlainRecord> {
  for await (const bytes of segments) {
    const records = framed(framing, bytes);
    const long = records.some((record) => record.length > bound);
    // The whole segment at once, 20 times faster; where the library stumbles over one record, each on its own.
    const left = form.comment !== -1 || form.skips !== null;
    const rows = format === 'ndjson' || long || left || bytes.at(-1) === CR ? null : csvRows(framing, form, bytes);
    const together = rows?.length === records.length ? rows : null;
    for (const [i, record] of records.entries()) {
      const size = record.length;
      if (size > bound) yield { fields: '', size };
      else if (format === 'ndjson') yield { fields: jsonRecord(record), size };
      else
        yield {
          fields: csvRecord(together ? together[i]! : (csvRows(framing, form, record)?.[0] ?? null), header, form),
          size,
        };
    }
  }
}

function framed(framing: Framing, bytes: Buffer): Buffer[] {
  const framer = new Framer(bytes, framing, true);
  const found = { start: 0, end: 0, next: 0 };
  const records: Buffer[] = [];
  while (framer.find(found.next, found)) records.push(bytes.subarray(found.start, found.end));
  return records;
}

interface CsvField {
  readonly value: string;
  readonly quoted: boolean;
}

// Latin-1 keeps every byte, so that bad UTF-8 in one field is that field's fault. Null where the quoting is malformed.
function csvRows({ bareCr }: Framing, form: CsvForm, bytes: Buffer): CsvField[][] | null {
  const record_delimiter = bareCr ? ['\r\n', '\n', '\r'] : ['\r\n', '\n'];
  const character = (byte: number): string | null => (byte === -1 ? null : String.fromCharCode(byte));
  const [delimiter, quote, escape] = [character(form.delimiter)!, character(form.quote), character(form.escape)];
  const options = { relax_column_count: true, record_delimiter, skip_empty_lines: true, delimiter, quote, escape };
  const text = bytes.toString('latin1');
  try {
    // Only quotes tell an empty text from nothing; asking the library about each field takes it three times as long.
    if (quote === null || !text.includes(quote))
      return (parse(text, options) as string[][]).map((row) => row.map((value) => ({ value, quoted: false })));
    const cast = (value: string, { quoting }: { quoting: boolean }): string =>
      ({ value, quoted: quoting }) as unknown as string;
    return parse(text, { ...options, cast }) as unknown as CsvField[][];
  } catch {
    return null;
  }
}

function csvRecord(
  fields: readonly CsvField[] | null,
  header: readonly string[],
  form: CsvForm,
): PlainRecord['fields'] {
  if (!fields) return 'malformed quoting';
  if (fields.length !== header.length) return `${fields.length} fields instead of ${header.length}`;
  return new Map(header.map((name, i) => [name, csvField(fields[i]!, form)]));
}

function csvField({ value, quoted }: CsvField, { characters, nulls }: CsvForm): PlainField {
  if (value === '') return quoted ? { kind: 'empty' } : { kind: 'absent' };
  const bytes = Buffer.from(value, 'latin1');
  if (nulls.some((one) => one.equals(bytes))) return { kind: 'absent' };
  const text = characters.text(bytes, 0, bytes.length);
  if (text === null) return { kind: 'invalid', nested: false, reason: characters.fault(bytes, 0, bytes.length) };
  return { kind: 'text', text };
}

function jsonRecord(record: Buffer): PlainRecord['fields'] {
  let object: unknown;
  try {
    object = JSON.parse(record.toString('utf8'));
  } catch {
    return 'not JSON';
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return 'not a JSON object';
  // JSON.parse bends numbers beyond 2^53 and puts members into an order of its own, so each value's own text is looked up in the source;
  // as Latin-1, so that bad UTF-8 in one value is that value's fault.
  return jsonFields(record.toString('latin1'));
}

// Of a name that comes twice the last counts, as `JSON.parse` has it.
const jsonFields = (latin1: string): PlainFields =>
  new Map([...jsonMembers(latin1)].map(([name, source]) => [utf8Name(name), jsonField(source)]));

const utf8Name = (latin1: string): string => JSON.parse(Buffer.from(latin1, 'latin1').toString('utf8')) as string;

function jsonField(latin1: string): PlainField {
  const nested = latin1.startsWith('{') || latin1.startsWith('[');
  const members = latin1.startsWith('{') ? { members: () => jsonFields(latin1) } : {};
  let source: string;
  try {
    source = strict.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return { kind: 'invalid', nested, ...members };
  }
  if (nested) return { kind: 'nested', text: source, ...members };
  if (source === 'null') return { kind: 'absent' };
  if (!source.startsWith('"')) return { kind: 'scalar', text: source };
  const text = JSON.parse(source) as string;
  return text === '' ? { kind: 'empty', json: source } : { kind: 'text', text, json: source };
}
