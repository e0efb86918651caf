import type { RowRule } from '../../model/definition/check';
import type { ColumnFacts, ColumnType } from '../../model/definition/column';
import type { FieldPath } from '../../model/definition/reading/fieldPath';
import { pathOf, pathsOf } from '../../model/definition/reading/fieldPath';
import type { PathValues } from '../../model/definition/paths/pathPattern';
import type { Format } from '../../model/definition/source';
import type { Cleaned } from '../../model/definition/table';
import { betweenCondition, deadLetterRules } from '../../model/rules/tableRules';
import type { Window } from '../../model/time/window';
import type { CsvForm } from '../framing/csvForm';
import { PLAIN_CSV } from '../framing/csvForm';
import type { Framing } from '../framing/framing';
import { LONG_KEY, indexedTexts, isLongKey } from '../keyBound';
import { recordBound } from '../recordBound';
import {
  OUTSIDE_REASON,
  brokenRules,
  notInContract,
  notText,
  nullReason,
  recordReason,
  shownText,
  tooLong,
} from '../rejection';
import { says } from './referenceConditions';
import type { PlainField, PlainFields, PlainRecord } from './referenceRecords';
import { referenceRecords } from './referenceRecords';
import { readLiteral, withoutSpaces } from './referenceTypes';
import { inPlainNumbers } from './referenceNumbers';
import { readWritten } from './referenceWords';

/** One record as the reference reads it: a row of PostgreSQL text literals, or why there is none. */
export type ReferenceRecord =
  | { readonly record: number; readonly values: readonly (string | null)[] }
  | { readonly record: number; readonly column: string | null; readonly reason: string };

/**
 * The plain reading of a delivery: the same contract as the Cleaner, written for clarity, by a CSV library, texts and regular expressions.
 * `weir verify` recomputes with it, and generated nasty input holds the fast path against it.
 */
export async function* reference(parts: {
  readonly table: Cleaned;
  readonly format: Format;
  readonly framing: Framing;
  readonly fields: readonly string[];
  /** How its CSV is written; unset: as everybody writes it. */
  readonly form?: CsvForm;
  readonly bytes: AsyncIterable<Buffer>;
  /** Records outside of it become dead letters; unset: they are kept. */
  readonly history?: Window;
  /** What the placeholders of the path are in the delivery's origin. */
  readonly path?: PathValues;
}): AsyncGenerator<ReferenceRecord> {
  const { table, format, framing, fields, bytes, history, path = {}, form = PLAIN_CSV } = parts;
  const bound = recordBound(framing, table);
  let record = 0;
  for await (const { fields: found, size } of referenceRecords(format, framing, fields, bytes, bound, form)) {
    if (size > bound) yield { record, column: null, reason: tooLong(bound) };
    else {
      const inside = read(table, record, found, path, form, format);
      const one = (history && outside(table, history, inside)) ?? inside;
      yield 'reason' in one ? { ...one, reason: recordReason(one.reason, size) } : one;
    }
    record++;
  }
}

function read(
  table: Cleaned,
  record: number,
  found: PlainRecord['fields'],
  path: PathValues,
  form: CsvForm,
  format: Format,
): ReferenceRecord {
  if (typeof found === 'string') return { record, column: null, reason: found };
  const columns = Object.entries(table.columns);
  const extra = table.newField === 'deadLetter' ? unread(pathsOf(table.columns), found) : undefined;
  if (extra !== undefined) return { record, column: null, reason: notInContract(extra) };
  const values: (string | null)[] = [];
  for (const [name, { facts }] of columns) {
    const place = pathOf(name, facts);
    const field = facts.rest ? restOf(pathsOf(table.columns), found, format) : fieldOf(facts, place, found, path);
    const value = typed(facts, field, form);
    if (value === null && !facts.nullable) return { record, column: name, reason: nullReason(place) };
    if (typeof value === 'object' && value !== null) return { record, column: name, reason: value.reason };
    values.push(value);
  }
  return brokenRule(table, record, values) ?? longKey(table, record, values) ?? { record, values };
}

const ABSENT: PlainField = { kind: 'absent' };

// In what is no object there is nothing.
function fieldAt(found: PlainFields, [word, ...inside]: FieldPath): PlainField {
  const field = found.get(word!) ?? ABSENT;
  if (inside.length === 0) return field;
  return 'members' in field && field.members ? fieldAt(field.members(), inside) : ABSENT;
}

// The first field that no path reads, alone or as part of a whole: the outermost, then those inside in the order of the paths.
function unread(paths: readonly FieldPath[], found: PlainFields): FieldPath | undefined {
  const words = [...new Set(paths.map((path) => path[0]!))];
  const extra = [...found.keys()].find((name) => !words.includes(name));
  if (extra !== undefined) return [extra];
  for (const word of words) {
    const inside = paths.filter((path) => path[0] === word).map((path) => path.slice(1));
    const field = found.get(word);
    if (inside.some((path) => path.length === 0) || !field || !('members' in field) || !field.members) continue;
    const within = unread(inside, field.members());
    if (within) return [word, ...within];
  }
  return undefined;
}

// Every field that no path reads, as one object.
function restOf(paths: readonly FieldPath[], found: PlainFields, format: Format): PlainField {
  const members: string[] = [];
  const add = (name: string, text: string): number => members.push(`${JSON.stringify(name)}:${text}`);
  for (const [name, field] of found) {
    const inside = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    if (inside.some((path) => path.length === 0)) continue;
    if (inside.length > 0 && 'members' in field && field.members) {
      const within = restOf(inside, field.members(), format);
      if (within.kind !== 'nested') return within;
      if (within.text !== '{}') add(name, within.text);
    } else if (field.kind === 'invalid') return { ...field, nested: false };
    else if (field.kind === 'empty') add(name, '""');
    else if (field.kind !== 'absent') add(name, jsonOf(field, format));
    else if (format === 'ndjson') add(name, 'null');
  }
  return { kind: 'nested', text: `{${members.join(',')}}` };
}

const jsonOf = (field: PlainField & { readonly text: string }, format: Format): string =>
  format === 'csv' ? JSON.stringify(field.text) : field.kind === 'text' ? field.json! : field.text;

const inPath = (path: PathValues, name: string): PlainField =>
  path[name] === undefined ? ABSENT : { kind: 'text', text: path[name] };

const fieldOf = (facts: ColumnFacts, place: FieldPath, found: PlainFields, path: PathValues): PlainField => {
  if (facts.path !== undefined) return inPath(path, facts.path);
  return facts.fields ? joined(facts.fields, found) : fieldAt(found, place);
};

// Several fields as one: their texts, joined by a space; nothing where one of them is nothing.
function joined(names: readonly string[], found: ReadonlyMap<string, PlainField>): PlainField {
  const texts: string[] = [];
  for (const name of names) {
    const field = found.get(name) ?? ABSENT;
    if (field.kind === 'absent' || field.kind === 'empty') return ABSENT;
    if (field.kind === 'invalid') return { ...field, nested: false };
    const text = readLiteral('text', field.text);
    if (typeof text !== 'string') return { kind: 'invalid', nested: false, reason: text.reason };
    const bare = withoutSpaces(text);
    if (bare === '') return ABSENT;
    texts.push(bare);
  }
  return { kind: 'text', text: texts.join(' ') };
}

// The literal of a moment is ISO 8601 but for its blank; its microseconds are beyond any window's edge.
function outside(table: Cleaned, { start, end }: Window, found: ReferenceRecord): ReferenceRecord | null {
  if (!('values' in found) || !table.eventTime) return null;
  const literal = found.values[Object.keys(table.columns).indexOf(table.eventTime)]!;
  const moment = new Date(literal.replace(' ', 'T'));
  const isInside =
    (start === '-infinity' || moment >= new Date(start)) && (end === 'infinity' || moment < new Date(end));
  return isInside ? null : { record: found.record, column: table.eventTime, reason: OUTSIDE_REASON };
}

// The value as a literal, null, or what is wrong with it.
function typed(facts: ColumnFacts, field: PlainField, form: CsvForm): string | null | { reason: string } {
  const { type, parse: parser } = facts;
  if (!parser && type !== 'json' && (field.kind === 'nested' || (field.kind === 'invalid' && field.nested)))
    return { reason: `not ${type}: an object or array` };
  if (field.kind === 'invalid') return { reason: field.reason ?? 'invalid UTF-8' };
  if (!parser && type === 'text' && field.kind === 'scalar') return { reason: 'not text' };
  let text: string | null;
  if (field.kind === 'absent') text = null;
  // Nothing between quotes is text and nothing else; in JSON it is a value of JSON too.
  else if (field.kind === 'empty') text = type === 'text' ? '' : type === 'json' ? (field.json ?? null) : null;
  else text = type === 'json' && field.kind === 'text' && field.json !== undefined ? field.json : field.text;
  if (parser) {
    let value: unknown;
    try {
      value = parser(text);
    } catch (error) {
      return { reason: `parse: ${shownText(error instanceof Error ? error.message : String(error))}` };
    }
    if (value !== null && typeof value !== 'string') return { reason: notText(value) };
    text = value;
  }
  if (text === null) return null;
  return readWritten(facts, inPlainNumbers(facts, form, text));
}

function longKey(table: Cleaned, record: number, values: readonly (string | null)[]): ReferenceRecord | null {
  const names = Object.keys(table.columns);
  const indexed = indexedTexts(table);
  const lengths = indexed.map((name) => {
    const bytes = Buffer.byteLength(values[names.indexOf(name)] ?? '');
    // jsonb's binary form has a version before its text.
    return bytes > 0 && table.columns[name]!.facts.type === 'json' ? bytes + 1 : bytes;
  });
  return isLongKey(lengths) ? { record, column: indexed[0]!, reason: LONG_KEY } : null;
}

function brokenRule(table: Cleaned, record: number, values: readonly (string | null)[]): ReferenceRecord | null {
  const names = Object.keys(table.columns);
  const literals = new Map(names.map((name, i) => [name, values[i]!]));
  const broken = deadLetterRules(table).filter(({ rule }) =>
    fails(rule, table.columns[rule.column]!.facts.type, literals),
  );
  if (broken.length === 0) return null;
  return { record, column: broken[0]!.rule.column, reason: brokenRules(broken.map(({ label }) => label)) };
}

function fails(rule: RowRule, type: ColumnType, literals: ReadonlyMap<string, string | null>): boolean {
  if (rule.kind === 'expect') return says(rule.condition, literals) === false;
  const value = literals.get(rule.column)!;
  if (rule.kind === 'not_null') return value === null;
  if (value === null) return false;
  if (rule.kind === 'between' && typeof rule.min === 'string')
    return says(betweenCondition(rule, type), literals) === false;
  if (rule.kind === 'between') {
    const [min, max] = [Number(rule.min), Number(rule.max)];
    return type === 'bigint'
      ? !(BigInt(value) >= Math.ceil(min) && BigInt(value) <= Math.floor(max))
      : !(Number(value) >= min && Number(value) <= max);
  }
  return !rule.values.some((accepted) =>
    typeof accepted === 'string'
      ? sameText(type, accepted, value)
      : typeof accepted === 'boolean'
        ? String(accepted) === value
        : Number(value) === accepted,
  );
}

// Two texts of one value: in any case, with another scale, with spaces around.
function sameText(type: ColumnType, one: string, other: string): boolean {
  if (type === 'text') return one === other;
  if (type === 'numeric') return plainDecimal(one) === plainDecimal(other);
  const [a, b] = [readLiteral(type, one), readLiteral(type, other)];
  return typeof a === 'string' && typeof b === 'string' && a.toLowerCase() === b.toLowerCase();
}

// A decimal as digits without zeros around them, and where its point is.
function plainDecimal(text: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text.trim())!;
  const digits = (whole! + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const tens = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign === '-' ? '-' : ''}${significant}e${tens}`;
}
