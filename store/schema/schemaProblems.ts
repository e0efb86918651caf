import { clashesOf } from '../../model/compile/clashes';
import type { Pipeline } from '../../model/definition/pipeline';
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

/** What keeps tables of `chosen` from being made or written: names taken twice, reserved schemas, and relations that are there in another shape. */
export async function schemaProblems(
  tx: Tx,
  register: readonly Pipeline[],
  chosen: readonly Pipeline[],
): Promise<Problem[]> {
  // A stage stands and falls with its curated table.
  const mine = chosen.flatMap((pipeline) =>
    relationsOf(pipeline)
      .filter(({ role }) => role !== 'stage')
      .map((one): Wanted => ({ ...one, pipeline, name: one.relation.replaceAll('"', '') })),
  );
  const shapes = await readShapes(tx, mine);
  return [
    ...clashesOf(register, chosen),
    ...mine.flatMap((wanted, i) => (shapes[i] ? clashes(wanted, shapes[i]) : [])),
  ];
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
