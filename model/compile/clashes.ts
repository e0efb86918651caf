import type { Pipeline } from '../definition/pipeline';
import { readsOf } from '../definition/reads';
import type { Table } from '../definition/table';

/** Something in a definition that cannot work, whatever the server says. */
export interface Clash {
  readonly pipeline: string;
  readonly table: string;
  /** The column at fault, where it is one. */
  readonly column?: string;
  readonly what: string;
  readonly next: string;
}

/** A name that a pipeline takes in PostgreSQL, and for which table. */
interface Taken {
  readonly pipeline: Pipeline;
  readonly table: Table;
  readonly role: 'table' | 'target';
  /** As people call it: `cleaned.flights`, `marts.airport_daily`. */
  readonly name: string;
}

const RESERVED = /^(weir|weir_.*|cleaned|curated|pg_.*|information_schema)$/;
/** PostgreSQL cuts a longer name without a word, and two of them become one. */
const NAME_BYTES = 63;
const ANOTHER = 'give one of them another name';

/**
 * What is wrong with the definitions of `chosen` by themselves, beside all the others: names taken twice, reserved, or longer than PostgreSQL
 * keeps, tables that nobody makes, keys that take nulls. No server is asked, so it holds at every start.
 */
export function clashesOf(register: readonly Pipeline[], chosen: readonly Pipeline[] = register): Clash[] {
  const all = register.flatMap(takenBy);
  const mine = all.filter(({ pipeline }) => chosen.includes(pipeline));
  return [
    ...chosen.flatMap((pipeline) => sameName(register, pipeline)),
    ...mine.flatMap((taken, i) => [
      ...takenTwice(all, mine.slice(0, i), taken),
      ...takenAcross(all, taken),
      ...reserved(taken),
      ...tooLong(taken),
    ]),
    ...chosen.flatMap((pipeline) => [...unmade(register, pipeline), ...nullableKeys(pipeline)]),
  ];
}

const takenBy = (pipeline: Pipeline): Taken[] => [
  ...[pipeline.cleaned, ...pipeline.curated].map((table): Taken => ({
    pipeline,
    table,
    role: 'table',
    name: `weir_${table.layer}.${table.tableName}`,
  })),
  ...pipeline.publish.map(({ table, relation }): Taken => ({ pipeline, table, role: 'target', name: relation })),
];

const clash = ({ pipeline, table }: Pick<Taken, 'pipeline' | 'table'>, what: string, next: string): Clash => ({
  pipeline: pipeline.name,
  table: table.tableName,
  what,
  next,
});

function sameName(register: readonly Pipeline[], pipeline: Pipeline): Clash[] {
  const twice = register.slice(0, register.indexOf(pipeline)).some(({ name }) => name === pipeline.name);
  if (!twice) return [];
  return [clash({ pipeline, table: pipeline.cleaned }, `two pipelines are called ${pipeline.name}`, ANOTHER)];
}

function takenTwice(all: readonly Taken[], before: readonly Taken[], taken: Taken): Clash[] {
  const { name, table } = taken;
  const other = all.find((one) => one.name === name && one.table !== table);
  if (!other && !before.some((one) => one.name === name && one.table === table)) return [];
  const by = other ? `${other.table.tableName} of pipeline ${other.pipeline.name} too` : 'two sinks';
  return [clash(taken, `${name} is written by ${by}`, ANOTHER)];
}

/** The ledger knows a table by its name alone, whatever its layer. Within a pipeline `definePipeline` sees to it. */
function takenAcross(all: readonly Taken[], taken: Taken): Clash[] {
  const { table, role } = taken;
  const other = all.find((one) => one.table.tableName === table.tableName && one.table.layer !== table.layer);
  if (!other || role === 'target') return [];
  const what = `${other.table.tableName} is the name of a ${other.table.layer} table of pipeline ${other.pipeline.name} too`;
  return [clash(taken, what, ANOTHER)];
}

function reserved(taken: Taken): Clash[] {
  const schema = taken.name.split('.')[0]!;
  if (taken.role !== 'target' || !RESERVED.test(schema)) return [];
  const what = `publishes to ${taken.name}: schema ${schema} is reserved`;
  return [clash(taken, what, 'publish to a schema of your own')];
}

function tooLong(taken: Taken): Clash[] {
  if (taken.role !== 'target') return [];
  const long = taken.name.split('.').filter((part) => Buffer.byteLength(part) > NAME_BYTES);
  return long.map((part) =>
    clash(
      taken,
      `publishes to ${taken.name}: ${part} has ${Buffer.byteLength(part)} bytes, and PostgreSQL cuts names at ${NAME_BYTES}`,
      'give it a shorter name',
    ),
  );
}

function unmade(register: readonly Pipeline[], pipeline: Pipeline): Clash[] {
  const made = new Set<unknown>(register.flatMap((one) => [one.cleaned, ...one.curated]));
  return [pipeline.cleaned, ...pipeline.curated].flatMap((table: Table) =>
    [...(table.layer === 'curated' ? readsOf(table) : []), ...table.checks.flatMap((check) => check.reads)]
      .filter((read) => !made.has(read))
      .map((read) =>
        clash(
          { pipeline, table },
          `reads ${read.tableName}, which no pipeline of the register makes`,
          'list its pipeline in pipelines/index.ts',
        ),
      ),
  );
}

/** Null equals nothing, so a key that takes one tells no rows apart: PostgreSQL refuses the rows, one run after the other. */
function nullableKeys(pipeline: Pipeline): Clash[] {
  return pipeline.curated.flatMap((table) =>
    table.key
      .filter((column) => table.columns[column]?.facts.nullable)
      .map((column) => ({
        ...clash(
          { pipeline, table },
          `column ${column} is part of the key and nullable`,
          'take .nullable() away, or the column out of the key',
        ),
        column,
      })),
  );
}
