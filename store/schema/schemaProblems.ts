import type { Pipeline } from '../../model/definition/pipeline';
import { readsOf } from '../../model/definition/reads';
import type { Table } from '../../model/definition/table';
import type { Tx } from '../postgres/database';
import type { Relation, Shape } from './catalog';
import { compareColumns, isOurs, readShapes, relationsOf } from './catalog';
import type { Problem } from './problem';

/** A relation that the register wants, and whose. */
interface Wanted extends Relation {
  readonly pipeline: Pipeline;
  /** As people call it. */
  readonly name: string;
}

const RESERVED = /^(weir|weir_.*|cleaned|curated|pg_.*|information_schema)$/;

/** What keeps tables of `chosen` from being made or written: names taken twice, reserved schemas, and relations that are there in another shape. */
export async function schemaProblems(
  tx: Tx,
  register: readonly Pipeline[],
  chosen: readonly Pipeline[],
): Promise<Problem[]> {
  // A stage stands and falls with its curated table.
  const all = register.flatMap((pipeline) =>
    relationsOf(pipeline)
      .filter(({ role }) => role !== 'stage')
      .map((one): Wanted => ({ ...one, pipeline, name: one.relation.replaceAll('"', '') })),
  );
  const mine = all.filter((wanted) => chosen.includes(wanted.pipeline));
  const shapes = await readShapes(tx, mine);
  return [
    ...namesTwice(all, mine),
    ...namesAcross(all, mine),
    ...mine.flatMap(reserved),
    ...chosen.flatMap((pipeline) => unmade(register, pipeline)),
    ...mine.flatMap((wanted, i) => (shapes[i] ? clashes(wanted, shapes[i]) : [])),
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

/** The ledger knows a table by its name alone, whatever its layer. Within a pipeline `definePipeline` sees to it. */
function namesAcross(all: readonly Wanted[], mine: readonly Wanted[]): Problem[] {
  return mine.flatMap((wanted) => {
    const other = all.find(
      ({ table }) => table.tableName === wanted.table.tableName && table.layer !== wanted.table.layer,
    );
    if (!other || wanted.role === 'published') return [];
    const what = `${other.table.tableName} is the name of a ${other.table.layer} table of pipeline ${other.pipeline.name} too`;
    return [problem(wanted, what, 'give one of them another name')];
  });
}

function reserved(wanted: Wanted): Problem[] {
  const schema = wanted.name.split('.')[0]!;
  if (wanted.role !== 'published' || !RESERVED.test(schema)) return [];
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

/** How what is there already is not what the definition would make. */
function clashes(wanted: Wanted, found: Shape): Problem[] {
  const { table, name } = wanted;
  if (!isOurs(wanted, found))
    return [
      problem(wanted, `${name} is there, and weir did not make it`, 'publish under another name, or move it away'),
    ];
  const again = 'give the changed table a new name, or drop the old one and rerun its windows from raw';
  // Columns that one side lacks are no clash: `weir apply` adds and drops them (addDropColumns.ts).
  const problems = compareColumns(wanted, found)
    .filter(({ change }) => change === 'clash')
    .map((clash) => ({
      ...problem(wanted, `column ${clash.column} is declared ${clash.type}, ${name} has ${clash.found}`, again),
      column: clash.column,
    }));
  if (table.layer === 'cleaned') return problems;
  const key = [...table.key].sort().join(', ');
  const foundKey = found.key.filter((column) => column !== '_window').join(', ');
  return key === foundKey
    ? problems
    : [...problems, problem(wanted, `the key is declared (${key}), ${name} has (${foundKey})`, again)];
}

const problem = ({ pipeline, table }: Wanted, what: string, next: string): Problem => ({
  pipeline: pipeline.name,
  table: table.tableName,
  what,
  next,
});
