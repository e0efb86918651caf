import { distance } from 'fastest-levenshtein';
import { pathText, pathsOf } from '../../model/definition/reading/fieldPath';
import type { Cleaned } from '../../model/definition/table';
import type { AbsentField } from '../../model/run/absentField';
import type { FoundFields } from '../../model/run/foundFields';
import { MOST_FOUND } from '../../model/run/foundFields';
import { ContractBroken, quote } from '../../model/run/errors';
import { CsvFields } from '../framing/csvFields';
import type { CsvForm } from '../framing/csvForm';
import { PLAIN_CSV } from '../framing/csvForm';
import type { Output } from '../output';
import type { RecordReader } from '../recordReader';
import type { Rejection } from '../rejection';
import { notInContract, shownIn, shownText } from '../rejection';
import type { FieldWriter } from './fieldWriter';

/** Reads CSV records: a field by its place in the header. @throws ContractBroken when the header is not what the contract says. */
export class CsvRecords implements RecordReader {
  private readonly fields: CsvFields;
  /** Fields that are nothing, as bytes; null where none is. */
  private readonly nulls: readonly Buffer[] | null;
  private bytes: Buffer = Buffer.alloc(0);
  private readonly wanted: readonly string[];
  /** -1 where the header has no such field. */
  private readonly places: readonly number[];
  /** Fields of the header that no column reads, where that is of interest. */
  private readonly unread: readonly string[];
  /** The same, each with its place and its name as JSON. */
  private readonly left: readonly { readonly name: string; readonly place: number }[];
  private readonly rejection: string | null;
  private seen: readonly string[];
  private read = 0;
  private told = 0;

  constructor(
    table: Cleaned,
    private readonly header: readonly string[],
    private readonly writers: readonly FieldWriter[],
    private readonly form: CsvForm = PLAIN_CSV,
  ) {
    this.fields = new CsvFields(form);
    this.nulls = form.nulls.length > 0 ? form.nulls : null;
    const wanted = (this.wanted = pathsOf(table.columns).map(pathText));
    assertHeader(table, wanted, header, form);
    const places = new Map(header.map((field, i) => [field, i]));
    this.places = wanted.map((field) => places.get(field) ?? -1);
    const known = new Set(wanted);
    this.unread = table.newField === 'ignore' ? [] : header.filter((field) => !known.has(field));
    this.left = this.unread.map((field) => ({ name: JSON.stringify(field), place: places.get(field)! }));
    const [first] = this.unread;
    this.rejection = table.newField === 'deadLetter' && first !== undefined ? notInContract([first]) : null;
    this.seen = table.missingField === 'refuse' ? wanted : [];
  }

  split(bytes: Buffer, start: number, end: number): Rejection | null {
    this.bytes = bytes;
    if (!this.fields.split(bytes, start, end, this.header.length))
      return { column: null, reason: 'malformed quoting', value: shownIn(this.form.characters, bytes, start, end) };
    if (this.fields.count === this.header.length) {
      this.read++;
      if (this.rejection === null) return null;
      const value = shownIn(this.form.characters, bytes, start, end);
      return { column: null, reason: this.rejection, value, readable: true };
    }
    return {
      column: null,
      reason: `${this.fields.count} fields instead of ${this.header.length}`,
      value: shownIn(this.form.characters, bytes, start, end),
    };
  }

  field(i: number, out: Output): Rejection | null {
    const { fields } = this;
    const writer = this.writers[i]!;
    const place = this.places[i]!;
    if (place === -1) return writer.absent(out);
    const start = fields.start[place]!;
    const end = fields.end[place]!;
    if (this.nulls !== null) {
      const bytes = (fields.anyQuoted && fields.unescaped[place]) || this.bytes;
      if (isOneOf(this.nulls, bytes, start, end)) return writer.absent(out);
    }
    if (!fields.anyQuoted) return start === end ? writer.absent(out) : writer.bytes(this.bytes, start, end, out);
    if (start === end && !(fields.quoted[place] && writer.keepsEmpty)) return writer.absent(out);
    return writer.bytes(fields.unescaped[place] ?? this.bytes, start, end, out);
  }

  absent(): readonly AbsentField[] {
    if (this.read === 0 || this.places.every((place) => place !== -1)) return [];
    return this.writers.flatMap(({ name: column }, i) =>
      this.places[i] === -1 ? [{ column, field: this.wanted[i]! }] : [],
    );
  }

  rest(writer: FieldWriter, out: Output): Rejection | null {
    const { fields, bytes, form } = this;
    const members: string[] = [];
    for (const { name, place } of this.left) {
      const [start, end] = [fields.start[place]!, fields.end[place]!];
      const from = (fields.anyQuoted && fields.unescaped[place]) || bytes;
      if (start === end && !(fields.anyQuoted && fields.quoted[place])) continue;
      if (this.nulls !== null && isOneOf(this.nulls, from, start, end)) continue;
      const text = form.characters.text(from, start, end);
      if (text === null) {
        const value = shownIn(form.characters, from, start, end);
        return { column: writer.name, reason: form.characters.fault(from, start, end), value };
      }
      members.push(`${name}:${JSON.stringify(text)}`);
    }
    const object = Buffer.from(`{${members.join(',')}}`);
    return writer.bytes(object, 0, object.length, out);
  }

  takeFields(): FoundFields {
    const { seen, unread } = this;
    const records = this.read - this.told;
    this.told = this.read;
    this.seen = [];
    if (records === 0) return { fresh: [], seen };
    return {
      fresh: unread.slice(0, MOST_FOUND).map((field) => ({ path: [shownText(field)], type: 'text', records })),
      seen,
    };
  }
}

function isOneOf(values: readonly Buffer[], bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value.length !== length) continue;
    let same = 0;
    while (same < length && value[same] === bytes[start + same]) same++;
    if (same === length) return true;
  }
  return false;
}

/** How many columns a message names. */
const NAMED = 5;
/** A name that is near another is short; comparing long ones takes the product of their lengths. */
const NEAR_NAMES = 1_000;
const NEAR_LENGTH = 100;

function assertHeader(table: Cleaned, fields: readonly string[], header: readonly string[], form: CsvForm): void {
  const there = new Set(header);
  const wanted = new Set(fields);
  const missing = table.missingField === 'null' ? [] : [...wanted].filter((field) => !there.has(field));
  if (missing.length === 0) return;
  const unread = header.filter((field) => !wanted.has(field));
  const others = unread.filter((name) => name.length <= NEAR_LENGTH).slice(0, NEAR_NAMES);
  const said = named(missing, (field) => {
    const near = nearest(field, others);
    return `${quote(field)} is missing${near === undefined ? '' : ` (is it ${quote(near)} now?)`}`;
  });
  throw new ContractBroken(`the columns of the file are not those of ${table.tableName}: ${said.join('; ')}`, {
    next:
      otherDelimiter(header, form) ??
      "fix the file at its source, or the definition: .from(…) renames, missingField: 'null' lets the column be empty",
    stillTrue: 'the file is landed in raw, nothing of it was cleaned, and what is published is untouched',
  });
}

// One name with what others put between names in it: the likeliest mistake of a first try.
function otherDelimiter(header: readonly string[], { delimiter }: CsvForm): string | null {
  if (header.length !== 1) return null;
  const [found] = [';', '\t', '|', ','].filter((one) => header[0]!.includes(one) && one.charCodeAt(0) !== delimiter);
  if (found === undefined) return null;
  return `say what is between its fields: dialect: { delimiter: ${found === '\t' ? "'\\t'" : `'${found}'`} }; it is cleaned from raw then, and not asked for again`;
}

function nearest(field: string, others: readonly string[]): string | undefined {
  if (field.length > NEAR_LENGTH) return undefined;
  let best: string | undefined;
  let least = Infinity;
  for (const other of others) {
    const far = distance(other, field);
    if (far < least) [best, least] = [other, far];
  }
  return best;
}

function named(fields: readonly string[], say: (field: string) => string): string[] {
  const said = fields.slice(0, NAMED).map(say);
  return fields.length > NAMED ? [...said, `and ${fields.length - NAMED} more like this`] : said;
}
