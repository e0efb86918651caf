import type { Pipeline } from '../../model';
import { cleaned, curated, defineProject, definePipeline, integer, sql, timestamptz } from '../../model';
import type { Side } from '../../model/compile/dependencies';
import { rangesAlong } from '../../model/compile/rangesAlong';
import type { Table } from '../../model/definition/table';
import type { Grain } from '../../model/time/window';
import { parseRange, rangeName } from '../../model/time/window';
import { MemoryFiles } from '../../testing/memoryFiles';

const NOW = '2024-06-10T12:00:00Z';

/** A pipeline of `grain` that reads `reads` so far before and after its windows. */
function made(
  name: string,
  grain: Grain,
  reads: readonly Pipeline[] = [],
  reach: { before?: `${number}d`; after?: `${number}d` } = {},
  from = '2024-05-01',
): Pipeline {
  const rows = cleaned({
    name: `${name}_rows`,
    columns: { at: timestamptz(), value: integer() },
    key: ['at'],
    eventTime: 'at',
  });
  const others: Table[] = reads.map(({ cleaned: table }) => table);
  const daily = curated({
    name: `${name}_daily`,
    columns: { at: timestamptz(), value: integer() },
    key: ['at'],
    select: ({ window }) => sql`
      select r.at, r.value from ${rows} r
       where ${window.covers('r.at', reach)}
         ${others.map((other) => sql`and exists (select from ${other} o where o.at = r.at)`).reduce((all, one) => sql`${all} ${one}`, sql``)}`,
  });
  return definePipeline({
    name,
    description: name,
    owners: ['lab@example.test'],
    source: new MemoryFiles(),
    window: grain,
    ...(grain !== 'whole' && { from }),
    cleaned: rows,
    curated: [daily],
  });
}

describe('a range of one pipeline, along those that it reads and those that read it', () => {
  const places = made('places', 'whole');
  const hours = made('hours', '1h');
  const days = made('days', '1d', [places, hours], { before: '2d' });
  const weeks = made('weeks', '7d', [days], { after: '1d' });
  const totals = made('totals', 'whole', [weeks]);
  const apart = made('apart', '1d');
  // Listed against the order in which they depend on each other.
  const { pipelines } = defineProject({ pipelines: [totals, weeks, apart, days, hours, places] });
  const along = (pipeline: Pipeline, range: string, ...sides: Side[]): string[] =>
    rangesAlong(pipelines, pipeline, parseRange(pipeline.window, range), sides, NOW).map(
      (one) => `${one.pipeline.name} ${rangeName(one.range)}`,
    );

  test.each<[string, Side[], string[]]>([
    ['alone', [], ['days 2024-05-10..2024-05-12']],
    [
      'what it reads comes first, as far back as it reads',
      ['upstream'],
      ['hours 2024-05-08..2024-05-12', 'places whole', 'days 2024-05-10..2024-05-12'],
    ],
    [
      'what reads it comes after, in whole windows, those included that read ahead',
      ['downstream'],
      ['days 2024-05-10..2024-05-12', 'weeks 2024-05-09..2024-05-16', 'totals whole'],
    ],
    [
      'both',
      ['upstream', 'downstream'],
      [
        'hours 2024-05-08..2024-05-12',
        'places whole',
        'days 2024-05-10..2024-05-12',
        'weeks 2024-05-09..2024-05-16',
        'totals whole',
      ],
    ],
  ])('%s', (_, sides, expected) => {
    expect(along(days, '2024-05-10..2024-05-12', ...sides)).toEqual(expected);
  });

  test('a range stays within a history, and within what has begun', () => {
    expect(along(days, '2024-05-01', 'upstream')[0]).toBe('hours 2024-05-01..2024-05-02');
    expect(along(totals, 'whole', 'upstream')).toEqual([
      'hours 2024-05-01..2024-06-10T13',
      'places whole',
      'days 2024-05-01..2024-06-11',
      'weeks 2024-04-25..2024-06-13',
      'totals whole',
    ]);
    const late = made('late', '1d', [days], {}, '2024-06-01');
    const register = [days, late, places, hours];
    const range = parseRange('1d', '2024-05-10..2024-05-12');
    expect(rangesAlong(register, days, range, ['downstream'], NOW).map((one) => one.pipeline.name)).toEqual(['days']);
  });
});
