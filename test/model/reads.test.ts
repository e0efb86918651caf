import { cleaned, curated, integer, sql, text, timestamptz } from '../../model';
import { isHeldToReach } from '../../model/definition/reads';
import type { Sql } from '../../model/definition/sql';
import type { WindowHole } from '../../model/definition/table';

const trips = cleaned({
  name: 'trips',
  columns: { at: timestamptz(), id: text() },
  key: ['at', 'id'],
  eventTime: 'at',
});
const stops = cleaned({
  name: 'stops',
  columns: { at: timestamptz(), id: text() },
  key: ['at', 'id'],
  eventTime: 'at',
});

describe('a select is held to its reach by the covers of the event time', () => {
  const reads = (select: (window: WindowHole) => Sql) =>
    curated({ name: 'c', columns: { n: integer() }, key: ['n'], select: ({ window }) => select(window) });

  test.each<[string, boolean, (window: WindowHole) => Sql]>([
    ['covered', true, (w) => sql`select 1 as n from ${trips} t where ${w.covers('t.at')}`],
    ['covered before', true, (w) => sql`select 1 as n from ${trips} as t where ${w.covers('t.at', { before: '2d' })}`],
    ['not covered', false, () => sql`select 1 as n from ${trips} t`],
    ['covered by another column', false, (w) => sql`select 1 as n from ${trips} t where ${w.covers('t.paid_at')}`],
    ['another alias', false, (w) => sql`select 1 as n from ${trips} t, ${stops} s where ${w.covers('s.at')}`],
    [
      'read twice, covered once',
      false,
      (w) => sql`select 1 as n from ${trips} t join ${trips} u using (id) where ${w.covers('t.at')}`,
    ],
    [
      'one alias twice, covered once',
      false,
      (w) => sql`select 1 as n from ${trips} t where ${w.covers('t.at')} and exists (select from ${trips} t)`,
    ],
    [
      'read twice, covered twice',
      true,
      (w) =>
        sql`select 1 as n from ${trips} t join ${trips} u using (id) where ${w.covers('t.at')} and ${w.covers('u.at')}`,
    ],
    [
      'in a fragment',
      true,
      (w) => sql`with x as (${sql`select id from ${trips} "t" where ${w.covers('t.at')}`}) select count(*) as n from x`,
    ],
  ])('%s: %s', (_, held, select) => expect(isHeldToReach(reads(select), trips)).toBe(held));
});
