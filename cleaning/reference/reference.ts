import type { RowRule } from '../../model/definition/check';
import type { ColumnType } from '../../model/definition/column';
import type { Format } from '../../model/definition/source';
import type { Cleaned } from '../../model/definition/table';
import type { Window } from '../../model/time/window';
import { OUTSIDE_REASON } from '../rejection';
import type { PlainField } from './referenceRecords';
import { referenceRecords } from './referenceRecords';
import { readLiteral } from './referenceTypes';

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
  readonly fields: readonly string[];
  readonly bytes: AsyncIterable<Buffer>;
  /** Records outside of it become dead letters; unset: they are kept. */
  readonly history?: Window;
}): AsyncGenerator<ReferenceRecord> {
  const { table, format, fields, bytes, history } = parts;
  let record = 0;
  for await (const fieldsOfRecord of referenceRecords(format, fields, bytes)) {
    const found = read(table, record++, fieldsOfRecord);
    yield (history && outside(table, history, found)) ?? found;
  }
}

function read(table: Cleaned, record: number, found: ReadonlyMap<string, PlainField> | string): ReferenceRecord {
  if (typeof found === 'string') return { record, column: null, reason: found };
  const columns = Object.entries(table.columns);
  const known = new Set(columns.map(([name, { facts }]) => facts.from ?? name));
  const extra = table.extraFields === 'error' ? [...found.keys()].find((field) => !known.has(field)) : undefined;
  if (extra !== undefined) return { record, column: null, reason: `field ${extra} is not in the contract` };
  const values: (string | null)[] = [];
  for (const [name, { facts }] of columns) {
    const field = found.get(facts.from ?? name) ?? { kind: 'absent' as const };
    const value = typed(facts.type, facts.nullable, facts.parse, field);
    if (typeof value === 'object' && value !== null) return { record, column: name, reason: value.reason };
    values.push(value);
  }
  return brokenRule(table, record, values) ?? { record, values };
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
function typed(
  type: ColumnType,
  nullable: boolean,
  parser: ((text: string | null) => string | null) | undefined,
  field: PlainField,
): string | null | { reason: string } {
  let text: string | null;
  if (field.kind === 'invalid') return { reason: 'invalid UTF-8' };
  if (field.kind === 'absent') text = null;
  else if (field.kind === 'empty') text = type === 'text' ? '' : null;
  else if (!parser && type === 'text' && field.kind === 'scalar') return { reason: 'not text' };
  else if (!parser && type !== 'json' && field.kind === 'nested') return { reason: `not ${type}: an object or array` };
  else text = !parser && type === 'json' && field.kind === 'text' && field.json !== undefined ? field.json : field.text;
  if (parser) {
    try {
      text = parser(text);
    } catch (error) {
      return { reason: `parse: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  if (text === null) return nullable ? null : { reason: 'null in a column that is not nullable' };
  return readLiteral(type, text);
}

function brokenRule(table: Cleaned, record: number, values: readonly (string | null)[]): ReferenceRecord | null {
  const names = Object.keys(table.columns);
  for (const check of table.checks) {
    if (check.severity !== 'deadLetter') continue;
    for (const rule of check.rules ?? []) {
      const type = table.columns[rule.column]!.facts.type;
      if (fails(rule, type, values[names.indexOf(rule.column)]!))
        return { record, column: rule.column, reason: check.label };
    }
  }
  return null;
}

function fails(rule: RowRule, type: ColumnType, value: string | null): boolean {
  if (rule.kind === 'not_null') return value === null;
  if (value === null) return false;
  if (rule.kind === 'between')
    return type === 'bigint'
      ? !(BigInt(value) >= Math.ceil(rule.min) && BigInt(value) <= Math.floor(rule.max))
      : !(Number(value) >= rule.min && Number(value) <= rule.max);
  return !rule.values.some((accepted) =>
    typeof accepted === 'string'
      ? accepted === value
      : typeof accepted === 'boolean'
        ? String(accepted) === value
        : Number(value) === accepted,
  );
}
