import type { AbsentField } from '../../model/run/absentField';
import type { MissingField, NewField } from '../../model/definition/contract';
import type { Pipeline } from '../../model/definition/pipeline';
import { quote } from '../../model/run/errors';
import type { AboveLimit } from '../session/sampleGate';
import { aligned, bytes, count } from './table';

/** A table as its users may rely on it. */
export interface TablePromise {
  readonly table: string;
  readonly layer: string;
  readonly description: string | null;
  readonly key: string | readonly string[];
  readonly eventTime: string | null;
  readonly columns: readonly {
    readonly column: string;
    readonly type: string;
    readonly nullable: boolean;
    /** The source's field; null of what is computed. */
    readonly from: string | null;
    readonly parser: string | null;
    /** How the field is written, or what it may be, where the type does not say it. */
    readonly reads: string | null;
    readonly unit: string | null;
    readonly description: string | null;
  }[];
  readonly checks: readonly { readonly check: string; readonly severity: string }[];
}

/** What a pipeline promises, as text. */
export function contractLines(promise: {
  readonly pipeline: string;
  readonly source: string;
  readonly format: string;
  /** How its CSV is written, where it is not as everybody writes it. */
  readonly dialect: Readonly<Record<string, unknown>> | null;
  readonly newField: NewField;
  readonly missingField: MissingField | null;
  readonly tables: readonly TablePromise[];
}): string[] {
  const { pipeline, source, format, dialect, newField, tables } = promise;
  const FORMATS: Readonly<Record<string, string>> = {
    csv: dialect ? 'CSV' : 'CSV (RFC 4180) in UTF-8, with a header line',
    ndjson: 'NDJSON in UTF-8, one JSON object a line',
  };
  const missing = format === 'csv' && promise.missingField !== 'null' ? 'header' : (promise.missingField ?? 'null');
  const read = source.startsWith('parquet') ? 'Parquet, read as CSV' : (FORMATS[format] ?? format);
  return [
    `${pipeline}  from ${source}: ${read}`,
    ...(dialect
      ? [
          `  ${Object.entries(dialect)
            .map(
              ([option, value]) =>
                `${option} ${typeof value === 'string' ? value.replaceAll('\t', '\\t') : JSON.stringify(value)}`,
            )
            .join('; ')}`,
        ]
      : []),
    `  ${NEW_FIELD[newField]}`,
    `  ${MISSING_FIELD[missing]}`,
    ...tables.flatMap(tableLines),
    '',
    `Try a file:  weir contract ${pipeline} --check FILE`,
  ];
}

function tableLines({ table, layer, description, key, eventTime, columns, checks }: TablePromise): string[] {
  const said = [
    `key ${typeof key === 'string' ? KEYS[key] : key.join(', ')}`,
    ...(eventTime ? [`event time ${eventTime}`] : []),
  ];
  return [
    '',
    `${table}  (${layer})  ${said.join('; ')}`,
    ...(description ? [`  ${description}`] : []),
    ...aligned(
      columns.map((column) => ({
        ...{ column: column.column, type: column.type, null: column.nullable ? 'may be' : 'never' },
        ...(layer === 'cleaned' && {
          field: `${column.from}${column.parser ? ` by ${column.parser}` : ''}${column.reads ? `: ${column.reads}` : ''}`,
        }),
        ...{ unit: column.unit ?? '', meaning: column.description ?? '' },
      })),
      '  ',
    ),
    ...checks.map(({ check, severity }) => `  ${SEVERITIES[severity] ?? severity}  ${check}`),
  ];
}

const NEW_FIELD: Readonly<Record<NewField, string>> = {
  deadLetter: 'a record with a field that no column reads is set aside',
  refuse: 'a file with a field that no column reads is refused: its windows are held',
  ignore: 'fields that no column reads are ignored',
  keep: 'fields that no column reads are kept together in one',
};
const MISSING_FIELD = {
  refuse: 'a file without one of these fields is refused: its windows are held',
  null: 'a field that is not there is NULL',
  header: 'a file whose header lacks one of these fields is refused: nothing of it is cleaned',
};

const KEYS: Readonly<Record<string, string>> = { everyColumn: 'every column', everyRecord: 'every record is its own' };
const SEVERITIES: Readonly<Record<string, string>> = {
  deadLetter: 'sets aside ',
  error: 'closes gate',
  warn: 'warns      ',
};

/** What became of a sample, as text: the verdict first. */
export function sampleLines(
  told: {
    readonly file: string;
    readonly bytes: number;
    readonly records: number;
    readonly rows: number;
    readonly deadLetters: number;
    readonly windows: number;
    readonly reasons: readonly { column: string | null; reason: string; records: number }[];
    readonly first: readonly {
      record: number;
      column: string | null;
      reason: string;
      value: string | null;
      bytes: string;
    }[];
    readonly absent: readonly AbsentField[];
    readonly gate: {
      readonly closed: boolean;
      readonly above: readonly AboveLimit[];
      readonly refused: readonly string[];
    };
  },
  pipeline: Pipeline,
): string[] {
  const { gate, reasons, first } = told;
  const reasoned = reasons.map(({ records, column, reason }) => ({
    records,
    column: column ?? '',
    reason: short(reason),
  }));
  const asked = pipeline.cleaned.checks.filter(({ severity }) => severity !== 'deadLetter').map(({ label }) => label);
  return [
    `${told.file}: ${some(told.records, 'record')} (${bytes(told.bytes)}), ${some(told.rows, 'row')}, ${some(told.deadLetters, 'dead letter')}${pipeline.window === 'whole' ? '' : `, ${some(told.windows, 'window')}`}`,
    gate.closed
      ? `the gate would close: readers of ${pipeline.name} would keep what they have`
      : gate.above.length > 0
        ? 'the gate would warn, and stay open'
        : 'the gate on dead letters would stay open',
    ...gate.refused.slice(0, SHOWN).map((line) => `  closes  ${line}`),
    ...(told.records === 0 && !pipeline.allowEmpty
      ? ['  no records: a window that has rows, and that this file left without, would be held']
      : []),
    ...gate.above
      .slice(0, SHOWN)
      .map(
        ({ check, severity, what, deadLetters, records, firstReason }) =>
          `  ${severity === 'error' ? 'closes' : 'warns '}  ${check}: ${what} has ${count(deadLetters)} of ${some(records, 'record')}${firstReason ? `, the first: ${short(firstReason)}` : ''}`,
      ),
    ...(gate.above.length > SHOWN ? [`  and ${count(gate.above.length - SHOWN)} more (--json has them all)`] : []),
    ...told.absent
      .slice(0, SHOWN)
      .map(({ column, field }) => `  warns   no record has the field ${quote(field)}, which column ${column} reads`),
    ...(reasoned.length > 0 ? ['', ...aligned(reasoned.slice(0, SHOWN))] : []),
    ...(reasoned.length > SHOWN ? [`and ${some(reasoned.length - SHOWN, 'more reason')} (--json has them all)`] : []),
    ...(first.length > 0
      ? [
          '',
          first.length < told.deadLetters ? `the first ${count(first.length)}:` : 'they are:',
          ...aligned(
            first.map((letter) => ({
              ...{ record: String(letter.record), column: letter.column ?? '', reason: short(letter.reason) },
              ...{ value: short(letter.value ?? ''), bytes: short(JSON.stringify(letter.bytes)) },
            })),
          ),
        ]
      : []),
    ...(asked.length > 0 ? ['', `not asked here, since they need PostgreSQL: ${asked.join(', ')}`] : []),
  ];
}

const SHOWN = 10;
const SHORT = 60;

const some = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? '' : 's'}`;

const short = (text: string): string => (text.length > SHORT ? `${text.slice(0, SHORT)}...` : text);
