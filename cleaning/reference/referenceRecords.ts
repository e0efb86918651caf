import { parse } from 'csv-parse/sync';
import type { Format } from '../../model/definition/source';
import { Framer } from '../framing/framer';

/** A field as the source wrote it. `scalar` is a JSON number or boolean, `nested` an object or array; `json` is a JSON string with its quotes. */
export type PlainField =
  | { readonly kind: 'text'; readonly text: string; readonly json?: string }
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'nested'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'invalid' };

type PlainRecord = ReadonlyMap<string, PlainField> | string;

const CR = 13;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The records of segments, one after the other: fields by name, or why the record has none. Records are framed as landing framed them
 * (their numbers must agree); what is in a record is read by a library.
 */
export async function* referenceRecords(
  format: Format,
  header: readonly string[],
  segments: AsyncIterable<Buffer>,
): AsyncGenerator<PlainRecord> {
  for await (const bytes of segments) {
    const records = framed(format, bytes);
    if (format === 'ndjson') yield* records.map(jsonRecord);
    else {
      // The whole segment at once, 20 times faster; where the library stumbles over one record, each on its own.
      const rows = bytes.at(-1) === CR ? null : csvRows(bytes);
      if (rows?.length === records.length) yield* rows.map((row) => csvRecord(row, header));
      else yield* records.map((record) => csvRecord(csvRows(record)?.[0] ?? null, header));
    }
  }
}

function framed(format: Format, bytes: Buffer): Buffer[] {
  const framer = new Framer(bytes, format === 'csv', true);
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
function csvRows(bytes: Buffer): CsvField[][] | null {
  const options = { relax_column_count: true, record_delimiter: ['\r\n', '\n'], skip_empty_lines: true };
  const text = bytes.toString('latin1');
  try {
    // Only quotes tell an empty text from nothing; asking the library about each field takes it three times as long.
    if (!text.includes('"'))
      return (parse(text, options) as string[][]).map((row) => row.map((value) => ({ value, quoted: false })));
    const cast = (value: string, { quoting }: { quoting: boolean }): string =>
      ({ value, quoted: quoting }) as unknown as string;
    return parse(text, { ...options, cast }) as unknown as CsvField[][];
  } catch {
    return null;
  }
}

function csvRecord(fields: readonly CsvField[] | null, header: readonly string[]): PlainRecord {
  if (!fields) return 'malformed quoting';
  if (fields.length !== header.length) return `${fields.length} fields instead of ${header.length}`;
  return new Map(header.map((name, i) => [name, csvField(fields[i]!)]));
}

function csvField({ value, quoted }: CsvField): PlainField {
  if (value === '') return quoted ? { kind: 'empty' } : { kind: 'absent' };
  try {
    return { kind: 'text', text: strict.decode(Buffer.from(value, 'latin1')) };
  } catch {
    return { kind: 'invalid' };
  }
}

function jsonRecord(record: Buffer): PlainRecord {
  let text: string;
  let object: unknown;
  try {
    text = record.toString('utf8');
    object = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return 'not a JSON object';
  // JSON.parse bends numbers beyond 2^53, so each value's own text is looked up in the source.
  const sources = valueTexts(text);
  const invalid = !isValid(record);
  return new Map(
    Object.entries(object).map(([name, value]): [string, PlainField] => {
      const source = sources.get(name)!;
      if (value === null) return [name, { kind: 'absent' }];
      if (invalid && source.includes('\ufffd') && !hasOwnReplacement(record, source))
        return [name, { kind: 'invalid' }];
      if (typeof value === 'string')
        return [
          name,
          value === '' ? { kind: 'text', text: '', json: source } : { kind: 'text', text: value, json: source },
        ];
      if (typeof value === 'object') return [name, { kind: 'nested', text: source }];
      return [name, { kind: 'scalar', text: source }];
    }),
  );
}

function isValid(bytes: Buffer): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

// A replacement character that the source itself wrote is no fault.
const hasOwnReplacement = (record: Buffer, source: string): boolean => record.includes(Buffer.from(source, 'utf8'));

/** The source text of each member of one JSON object, the last of a name winning. */
function valueTexts(text: string): Map<string, string> {
  const texts = new Map<string, string>();
  const token = /\s*(?:("(?:[^"\\]|\\.)*")|([{}[\],:])|([^\s{}[\],:"]+))/gy;
  let depth = 0;
  let name: string | null = null;
  let from = -1;
  let last = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [, string, mark] = match;
    const start = token.lastIndex - (string ?? mark ?? match[3]!).length;
    if (mark === '{' || mark === '[') {
      depth++;
      if (depth === 1) continue;
    }
    if (depth === 1 && (mark === ',' || mark === '}')) {
      if (name !== null) texts.set(name, text.slice(from, last));
      name = null;
      from = -1;
    } else if (depth === 1 && mark === ':' && from === -1) from = -2;
    else if (depth === 1 && name === null && string !== undefined) name = JSON.parse(string) as string;
    else if (from === -2) from = start;
    if (mark === '}' || mark === ']') depth--;
    last = token.lastIndex;
  }
  return texts;
}
