import type { SinkTransaction, StagedWindow } from '../../model/definition/sink';
import { quoted, relationName } from '../postgres/identifiers';
import type { WindowTable } from '../schema/windowTable';

/** Makes `home` hold exactly the staged rows for this window, writing only what differs; how many rows that took. */
export async function writeDifference(
  tx: Pick<SinkTransaction, 'run'>,
  home: WindowTable,
  staged: StagedWindow,
): Promise<number> {
  const { table } = home;
  const target = relationName(home.relation);
  const columns = Object.keys(table.columns);
  const rest = columns.filter((column) => !table.key.includes(column));
  const sameKey = table.key.map((column) => `${quoted([column], 's')[0]} = ${quoted([column], 't')[0]}`).join(' and ');
  const sameRest =
    rest.length === 0
      ? ''
      : ` and (${quoted(rest, 's').join(', ')}) is not distinct from (${quoted(rest, 't').join(', ')})`;
  // Two statements, not one CTE: the delete and the insert of one key would collide on its index.
  const gone = await tx.run(
    `delete from ${target} t
      where t._window = $1
        and not exists (select from ${staged.rows} s where ${sameKey}${sameRest})`,
    [staged.window.start],
  );
  const added = await tx.run(
    `insert into ${target} (${quoted(columns).join(', ')}, _window)
     select ${quoted(columns, 's').join(', ')}, $1
       from ${staged.rows} s
      where not exists (select from ${target} t where t._window = $1 and ${sameKey})`,
    [staged.window.start],
  );
  return Math.max(gone, added);
}
