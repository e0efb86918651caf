import { notNull, references, rowCountDelta } from '../../checks';
import {
  cleaned,
  curated,
  date,
  definePipeline,
  everyColumn,
  everyRecord,
  integer,
  sql,
  text,
  timestamptz,
} from '../../model';
import { keyColumns, keyStaysInWindow } from '../../model/definition/key';
import type { PipelineDefinition } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { reachOf, readsOf, stretched } from '../../model/definition/reads';
import type { Listed } from '../../model/definition/source';
import { DefinitionInvalid } from '../../model/run/errors';
import { WHOLE, windowAt } from '../../model/time/window';
import { postgresTable } from '../../sinks';

const source: Listed = {
  kind: 'nothing',
  format: 'csv',
  describe: 'nothing',
  shared: true,
  list: () => Promise.resolve([]),
  one: () => Promise.resolve(null),
  read: async function* () {},
};
const columns = { at: timestamptz(), origin: text(), delay: integer() };
const flights = cleaned({ name: 'flights', columns, key: everyColumn(), eventTime: 'at' });
const daily = curated({
  name: 'daily',
  columns: { day: date(), origin: text() },
  key: ['day'],
  select: ({ window }) => sql`select at::date as day, origin from ${flights} where ${window.covers('at')}`,
});
const weekly = curated({
  name: 'weekly',
  columns: { day: date() },
  key: ['day'],
  select: ({ window }) => sql`
    select day from ${daily} where ${window.covers('day', { before: '6d' })} and day >= ${window.start}
     union select at::date from ${flights} where ${window.covers('at', { before: '2d', after: '1h' })}`,
});

const define = (more: Partial<PipelineDefinition>) => (): unknown =>
  definePipeline({
    name: 'flights',
    description: 'Flights.',
    owners: ['a@example.test'],
    source,
    window: '1d',
    from: '2001-01-01',
    cleaned: flights,
    ...more,
  });
const defined = (more: Partial<PipelineDefinition>): ReturnType<typeof definePipeline> =>
  define(more)() as ReturnType<typeof definePipeline>;

describe('definePipeline', () => {
  test('puts tables in dependency order, whatever the order they are listed in', () => {
    expect(defined({ curated: [weekly, daily] }).curated).toEqual([daily, weekly]);
    expect(defined({ curated: [daily, weekly] }).curated).toEqual([daily, weekly]);
  });

  test('puts a table that a check asks before the one that is checked', () => {
    const checked = curated({
      name: 'checked',
      columns: { day: date() },
      key: ['day'],
      checks: [references('day', daily, 'day')],
      select: () => sql`select at::date as day from ${flights}`,
    });
    expect(defined({ curated: [checked, daily] }).curated).toEqual([daily, checked]);
  });

  test('lets a check ask its own table', () => {
    const columns = { day: date(), former: date().nullable() };
    const own = curated({ name: 'own', columns, key: ['day'], select: () => sql`select from ${flights}` });
    Object.assign(own, { checks: [references('former', own, 'day')] });
    expect(defined({ curated: [own] }).curated).toEqual([own]);
  });

  test('names a circle', () => {
    const [a, b] = ['a', 'b'].map((name) =>
      curated({ name, columns: { day: date() }, key: ['day'], select: () => sql`select` }),
    );
    Object.assign(a!, { select: sql`select from ${b!}` });
    Object.assign(b!, { select: sql`select from ${a!}` });
    expect(define({ curated: [a!, b!] })).toThrow('pipeline flights: a -> b -> a is a circle');
  });

  test('writes its history as instants', () => {
    expect(defined({ from: '2001-01-01', until: '2001-07-02T06' })).toMatchObject({
      from: '2001-01-01T00:00:00Z',
      until: '2001-07-02T06:00:00Z',
    });
  });

  const named = (name: string): PipelineDefinition['cleaned'] =>
    cleaned({ name, columns, key: everyColumn(), eventTime: 'at' });
  const nullable = { ...columns, at: timestamptz().nullable() };
  const toOther = postgresTable(weekly, 'marts.weekly');

  test.each<[string, Partial<PipelineDefinition>, RegExp]>([
    ['upper case in its name', { name: 'Flights' }, /"Flights" is no name/],
    ['a name of 49 letters', { name: 'a'.repeat(49) }, /is no name/],
    ["a table's name that begins with _", { cleaned: named('_flights') }, /"_flights" is no name/],
    [
      "a column's name with a blank",
      { cleaned: cleaned({ name: 'x', columns: { 'a b': text() }, key: ['a b'] }) },
      /"a b"/,
    ],
    ['two tables of one name', { cleaned: named('daily'), curated: [daily] }, /two tables have one name/],
    ['windows without event time', { cleaned: cleaned({ name: 'x', columns, key: everyRecord() }) }, /no eventTime/],
    [
      'an event time that may be null',
      { cleaned: cleaned({ name: 'x', columns: nullable, key: everyRecord(), eventTime: 'at' }) },
      /eventTime at is nullable/,
    ],
    ['windows without a beginning', { from: undefined }, /`from` is missing/],
    ['a beginning that is no moment', { from: '2001-02-30' }, /"2001-02-30" is not a moment/],
    ['an end before its beginning', { until: '2000-01-01' }, /ends .* before it begins/],
    ['a window of no length', { window: '0d' }, /"0d" is not a duration/],
    ['freshness in fractions', { freshness: { warnAfter: '1.5h', errorAfter: '1d' } }, /"1.5h" is not a duration/],
    ['publishing what it does not curate', { curated: [daily], publish: [toOther] }, /publishes weekly, which is not/],
    ['a target that is no schema.table', { curated: [weekly], publish: [postgresTable(weekly, 'a.b.c')] }, /"a.b.c"/],
    [
      'a sink that is written after the publish',
      { curated: [weekly], publish: [{ in: 'delivery', kind: 'web', table: weekly, name: 'the web' }] },
      /publishes to the web, which is written after the publish/,
    ],
    [
      'a comparison of more windows than there are',
      { cleaned: { ...flights, checks: [rowCountDelta({ over: '6d' })] } },
      /needs 7 windows of 1d; 6d has 6/,
    ],
    [
      'a comparison of windows where there is one',
      { window: 'whole', cleaned: { ...flights, checks: [rowCountDelta()] } },
      /compares windows, and there is one for all/,
    ],
    [
      'a comparison of curated windows',
      { curated: [{ ...daily, checks: [rowCountDelta()] }] },
      /is for flights: a curated window that is held leaves no rows/,
    ],
    [
      'a source that cannot be listed',
      { source: { kind: 'pushed', format: 'csv', describe: 'what comes' } as Listed },
      /its source cannot be listed/,
    ],
  ])('refuses %s', (_, more, message) => {
    expect(define(more)).toThrow(DefinitionInvalid);
    expect(define(more)).toThrow(message);
  });

  test('needs neither event time nor beginning for one window', () => {
    const places = cleaned({ name: 'places', columns, key: ['origin'], checks: [notNull('origin')] });
    expect(defined({ window: 'whole', cleaned: places, from: undefined })).toMatchObject({ curated: [], publish: [] });
  });
});

describe('what a definition tells', () => {
  test('reads: the tables of its select', () => {
    expect(readsOf(weekly)).toEqual([daily, flights]);
  });

  test('reach: the longest of its windows', () => {
    const day = windowAt('1d', '2001-01-08T00:00:00Z');
    expect(stretched('1d', day, reachOf(weekly))).toEqual({
      start: '2001-01-02T00:00:00Z',
      end: '2001-01-09T01:00:00Z',
    });
    expect(stretched('1d', day, reachOf(daily))).toEqual(day);
  });

  test('history: from its beginning to its end, or to now', () => {
    const now = '2026-01-01T00:00:00Z';
    expect(historyOf(defined({}), now)).toEqual({ start: '2001-01-01T00:00:00Z', end: now });
    expect(historyOf(defined({ until: '2001-02-01' }), now).end).toBe('2001-02-01T00:00:00Z');
    expect(historyOf(defined({ window: 'whole' }), now)).toBe(WHOLE);
  });

  test('keys: named, every column, or none; one that holds the event time stays in its window', () => {
    const byOrigin = cleaned({ name: 'x', columns, key: ['origin'], eventTime: 'at' });
    const byBoth = cleaned({ name: 'x', columns, key: ['origin', 'at'], eventTime: 'at' });
    const byRecord = cleaned({ name: 'x', columns, key: everyRecord(), eventTime: 'at' });
    expect([flights, byOrigin, byBoth, byRecord].map(keyColumns)).toEqual([
      ['at', 'origin', 'delay'],
      ['origin'],
      ['origin', 'at'],
      [],
    ]);
    expect([flights, byOrigin, byBoth].map(keyStaysInWindow)).toEqual([true, false, true]);
  });
});
