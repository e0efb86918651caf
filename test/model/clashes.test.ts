import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, defineProject, definePipeline, sql, text } from '../../model';
import { clashesOf } from '../../model/compile/clashes';
import { postgresTable } from '../../sinks';
import { MemoryFiles } from '../../testing/memoryFiles';

const LONG = 'marts.arrival_pack_notification_of_the_northern_region_stacklist_detail';

function made(name: string, targets: readonly `${string}.${string}`[], nullable = false): Pipeline {
  const rows = cleaned({ name: `${name}_rows`, columns: { id: bigint(), name: text() }, key: ['id'] });
  const tables = targets.map((target, i) => {
    const table = curated({
      name: `${name}_${i}`,
      columns: { id: nullable ? bigint().nullable() : bigint(), name: text() },
      key: ['id'],
      select: () => sql`select l.id, l.name from ${rows} l`,
    });
    return { table, sink: postgresTable(table, target) };
  });
  return definePipeline({
    name,
    description: 'names',
    owners: ['lab@example.test'],
    source: new MemoryFiles(),
    window: 'whole',
    cleaned: rows,
    curated: tables.map(({ table }) => table),
    publish: tables.map(({ sink }) => sink),
  });
}

describe('what no start goes on with', () => {
  test.each([
    [
      'names that PostgreSQL cuts to one',
      [made('a', [`${LONG}_include`, `${LONG}_exclude`])],
      /_include has 73 bytes.*cuts names at 63.*\n.*_exclude has 73 bytes/,
    ],
    ['two sinks of one target', [made('a', ['marts.x', 'marts.x'])], /marts\.x is written by a_1 of pipeline a too/],
    [
      'two pipelines of one target',
      [made('a', ['marts.x']), made('b', ['marts.x'])],
      /written by b_0 of pipeline b too/,
    ],
    ['two pipelines of one name', [made('a', ['marts.x']), made('a', ['marts.y'])], /two pipelines are called a/],
    ['a reserved schema', [made('a', ['weir.x'])], /schema weir is reserved/],
    ['a null in a key', [made('a', ['marts.x'], true)], /column id is part of the key and nullable/],
  ])('%s', (_, pipelines, message) => {
    expect(() => defineProject({ pipelines })).toThrow(message);
  });

  test('a target of 63 bytes is one', () => {
    const longest = `marts.${'x'.repeat(63)}` as const;
    expect(clashesOf([made('a', [longest])])).toEqual([]);
    expect(clashesOf([made('a', [`${longest}x`])])).toHaveLength(1);
  });
});
