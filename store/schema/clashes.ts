import { PG_TYPES } from '../../model/definition/column';
import type { Pipeline } from '../../model/definition/pipeline';
import { readsOf } from '../../model/definition/reads';
import type { Table } from '../../model/definition/table';
import type { Tx } from '../postgres/database';
import { physical, targetName } from '../postgres/identifiers';
import type { Problem } from './explain';

/** A relation that the register wants, and whose. */
interface Wanted {
  readonly pipeline: Pipeline;
  readonly table: Table;
  /** As PostgreSQL finds it, quoted. */
  readonly relation: string;
  /** As people call it. */
  readonly name: string;
}

const RESERVED = /^(weir|weir_.*|cleaned|curated|pg_.*|information_schema)$/;

/** What keeps tables of `chosen` from being made or written: names taken twice, reserved schemas, and relations that are there in another shape. */
export async function clashes_(tx: Tx, register: readonly Pipeline[], chosen: readonly Pipeline[]): Promise<Problem[]> {
  const all = register.flatMap(relationsOf);
  const mine = all.filter((wanted) => chosen.includes(wanted.pipeline));
  return [
    ...namesTwice(all, mine),
    ...mine.flatMap(reserved),
    ...chosen.flatMap((pipeline) => unmade(register, pipeline)),
    ...(await clashes(tx, mine)),
  ];
}

function relationsOf(pipeline: Pipeline): Wanted[] {
  const of = (table: Table, relation: string): Wanted => ({
    pipeline,
    table,
    relation,
    name: relation.replaceAll('"', ''),
  });
  return [
    of(pipeline.cleaned, physical.cleaned(pipeline.cleaned.tableName)),
    ...pipeline.curated.map((table) => of(table, physical.curated(table.tableName))),
    ...pipeline.publish.map((sink) => of(sink.table, targetName(sink.target))),
  ];
}

function namesTwice(all: readonly Wanted[], mine: readonly Wanted[]): Problem[] {
  return mine.flatMap((wanted, i) => {
    const other = all.find((one) => one.name === wanted.name && one.table !== wanted.table);
    const again = mine.slice(0, i).some((one) => one.name === wanted.name && one.table === wanted.table);
    if (!other && !again) return [];
    return [
      problem(
        wanted,
        `${wanted.name} is written by ${other ? `${other.table.tableName} of pipeline ${other.pipeline.name} too` : 'two sinks'}`,
        'give one of them another name',
      ),
    ];
  });
}

function reserved(wanted: Wanted): Problem[] {
  const schema = wanted.name.split('.')[0]!;
  const published = wanted.pipeline.publish.some((sink) => sink.target === wanted.name);
  if (!published || !RESERVED.test(schema)) return [];
  return [
    problem(wanted, `publishes to ${wanted.name}: schema ${schema} is reserved`, 'publish to a schema of your own'),
  ];
}

function unmade(register: readonly Pipeline[], pipeline: Pipeline): Problem[] {
  const made = new Set<unknown>(register.flatMap((one) => [one.cleaned, ...one.curated]));
  return [pipeline.cleaned, ...pipeline.curated].flatMap((table: Table) =>
    [...(table.layer === 'curated' ? readsOf(table) : []), ...table.checks.flatMap((check) => check.reads)]
      .filter((read) => !made.has(read))
      .map((read) => ({
        pipeline: pipeline.name,
        table: table.tableName,
        what: `reads ${read.tableName}, which no pipeline of the register makes`,
        next: 'list its pipeline in pipelines/index.ts',
      })),
  );
}

/** Relations that are there already, and are not what the definition would make. */
async function clashes(tx: Tx, wanted: readonly Wanted[]): Promise<Problem[]> {
  const there = await tx.query<{ place: number; kind: string; columns: Record<string, string>; key: string[] }>(
    `select w.place::integer, c.relkind as kind,
            coalesce((select json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod))
                        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}') as columns,
            array(select a.attname::text
                    from pg_index i
                    join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
                   where i.indrelid = c.oid and i.indisprimary
                order by a.attname) as key
       from unnest($1::text[]) with ordinality w (name, place)
       join pg_class c on c.oid = to_regclass(w.name)
   order by w.place`,
    [wanted.map((one) => one.relation)],
  );
  return there.flatMap(({ place, ...found }) => compareShape(wanted[place - 1]!, found));
}

function compareShape(
  wanted: Wanted,
  found: { kind: string; columns: Record<string, string>; key: string[] },
): Problem[] {
  const { table, name } = wanted;
  const hidden = table.layer === 'cleaned' ? '_live' : '_window';
  if (!['r', 'p'].includes(found.kind) || !Object.hasOwn(found.columns, hidden))
    return [
      problem(wanted, `${name} is there, and weir did not make it`, 'publish under another name, or move it away'),
    ];
  const again = 'give the changed table a new name, or drop the old one and rerun its windows from raw';
  const declared = new Map(Object.entries(table.columns).map(([column, { facts }]) => [column, PG_TYPES[facts.type]]));
  // Columns that one side lacks are no clash: `weir apply` adds and drops them (store/reshaping.ts).
  const problems = [...declared]
    .filter(([column, type]) => Object.hasOwn(found.columns, column) && found.columns[column] !== type)
    .map(([column, type]) => ({
      ...problem(wanted, `column ${column} is declared ${type}, ${name} has ${found.columns[column]}`, again),
      column,
    }));
  if (table.layer === 'cleaned') return problems;
  const key = [...table.key].sort().join(', ');
  const foundKey = found.key.filter((column) => column !== '_window').join(', ');
  return key === [...foundKey.split(', ')].sort().join(', ')
    ? problems
    : [...problems, problem(wanted, `the key is declared (${key}), ${name} has (${foundKey})`, again)];
}

const problem = ({ pipeline, table }: Wanted, what: string, next: string): Problem => ({
  pipeline: pipeline.name,
  table: table.tableName,
  what,
  next,
});
