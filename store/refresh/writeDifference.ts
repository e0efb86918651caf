import type { SinkTransaction, StagedWindow } from '../../model/definition/sink';
import { RowsRefused } from '../../model/run/errors';
import { windowName } from '../../model/time/window';
import { quoted, relationName } from '../postgres/identifiers';
import type { WindowTable } from '../schema/windowTable';

interface Difference {
  readonly gone: number;
  readonly changed: number;
  readonly added: number;
}

/**
 * Makes `home` hold exactly the staged rows for this window, writing only what differs: rows whose key is gone are deleted, those whose key
 * stays are updated (a foreign key to them holds), new ones inserted. How many rows that took; one reading of both sides where none did.
 * @throws RowsRefused when PostgreSQL wrote fewer rows than differ: a trigger or a rule of the table keeps rows away.
 */
export async function writeDifference(tx: SinkTransaction, home: WindowTable, staged: StagedWindow): Promise<number> {
  const { table } = home;
  const target = relationName(home.relation);
  const columns = Object.keys(table.columns);
  const rest = columns.filter((column) => !table.key.includes(column));
  const sameKey = table.key.map((column) => `${quoted([column], 's')[0]} = ${quoted([column], 't')[0]}`).join(' and ');
  const list = (alias: string): string => quoted(rest, alias).join(', ');
  const differs = rest.length === 0 ? 'false' : `(${list('s')}) is distinct from (${list('t')})`;
  const inWindow = [staged.window.start];
  const [difference] = await tx.query<Difference>(
    `select count(*) filter (where s._here is null)::integer as gone,
            count(*) filter (where t._here is null)::integer as added,
            count(*) filter (where s._here and t._here and ${differs})::integer as changed
       from (select *, true as _here from ${staged.rows} s) s
  full join (select *, true as _here from ${target} where _window = $1) t on ${sameKey}`,
    inWindow,
  );
  const { gone, changed, added } = difference!;
  const written = { gone: 0, changed: 0, added: 0 };
  if (gone > 0)
    written.gone = await tx.run(
      `delete from ${target} t
        where t._window = $1
          and not exists (select from ${staged.rows} s where ${sameKey})`,
      inWindow,
    );
  if (changed > 0)
    written.changed = await tx.run(
      `update ${target} t
          set (${quoted(rest).join(', ')}) = row(${list('s')})
         from ${staged.rows} s
        where t._window = $1
          and ${sameKey}
          and ${differs}`,
      inWindow,
    );
  if (added > 0)
    written.added = await tx.run(
      `insert into ${target} (${quoted(columns).join(', ')}, _window)
       select ${quoted(columns, 's').join(', ')}, $1
         from ${staged.rows} s
        where not exists (select from ${target} t where t._window = $1 and ${sameKey})`,
      inWindow,
    );
  assertWritten(home.relation, staged, difference!, written);
  return gone + changed + added;
}

function assertWritten(relation: string, { window }: StagedWindow, asked: Difference, written: Difference): void {
  const short = (['gone', 'changed', 'added'] as const).filter((kind) => asked[kind] !== written[kind]);
  if (short.length === 0) return;
  const VERB = { gone: 'delete', changed: 'update', added: 'insert' };
  throw new RowsRefused(
    `${relation} ${windowName(window)}: PostgreSQL took ${short.map((kind) => `${written[kind]} of ${asked[kind]} rows to ${VERB[kind]}`).join(', ')}`,
    {
      next: `look for a trigger or a rule on ${relation} that keeps rows away, then: weir run`,
      stillTrue: 'nothing was published; readers keep the former window',
    },
  );
}
