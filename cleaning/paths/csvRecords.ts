import { distance } from 'fastest-levenshtein';
import { pathText, pathsOf } from '../../model/definition/reading/fieldPath';
import type { Cleaned } from '../../model/definition/table';
import type { AbsentField } from '../../model/run/absentField';
import { ContractBroken, quote } from '../../model/run/errors';
import { CsvFields } from '../framing/csvFields';
import type { CsvForm } from '../framing/csvForm';
import { PLAIN_CSV } from '../framing/csvForm';
import type { Output } from '../output';
import type { RecordReader } from '../recordReader';
import type { Rejection } from '../rejection';
import { shownIn } from '../rejection';
import type { FieldWriter } from './fieldWriter';

/** Reads CSV records: a field by its place in the header. @throws ContractBroken when the header is not what the contract says. */
export class CsvRecords implements RecordReader {
  private readonly fields: CsvFields;
  /** Fields that are nothing, as bytes; null where none is. */
  private readonly nulls: readonly Buffer[] | null;
  private bytes: Buffer = Buffer.alloc(0);
  private readonly places: readonly number[];

  constructor(
    table: Cleaned,
    private readonly header: readonly string[],
    private readonly writers: readonly FieldWriter[],
    private readonly form: CsvForm = PLAIN_CSV,
  ) {
    this.fields = new CsvFields(form);
    this.nulls = form.nulls.length > 0 ? form.nulls : null;
    const wanted = pathsOf(table.columns).map(pathText);
    assertHeader(table, wanted, header, form);
    const places = new Map(header.map((field, i) => [field, i]));
    this.places = wanted.map((field) => places.get(field)!);
  }

  split(bytes: Buffer, start: number, end: number): Rejection | null {
    this.bytes = bytes;
    if (!this.fields.split(bytes, start, end, this.header.length))
      return { column: null, reason: 'malformed quoting', value: shownIn(this.form.characters, bytes, start, end) };
    if (this.fields.count === this.header.length) return null;
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
    return [];
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
  const missing = [...wanted].filter((field) => !there.has(field));
  const unread = header.filter((field) => !wanted.has(field));
  const extra = table.extraFields === 'error' ? unread : [];
  if (missing.length === 0 && extra.length === 0) return;
  const others = unread.filter((name) => name.length <= NEAR_LENGTH).slice(0, NEAR_NAMES);
  const said = [
    ...named(missing, (field) => {
      const near = nearest(field, others);
      return `${quote(field)} is missing${near === undefined ? '' : ` (is it ${quote(near)} now?)`}`;
    }),
    ...named(extra, (field) => `${quote(field)} is not in the contract`),
  ];
  throw new ContractBroken(`the columns of the file are not those of ${table.tableName}: ${said.join('; ')}`, {
    next:
      otherDelimiter(header, form) ??
      "fix the file at its source, or the definition: .from(…) renames, a new column() takes it in, extraFields: 'ignore' leaves it out",
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
