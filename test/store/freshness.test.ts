import fc from 'fast-check';
import { freshnessOf } from '../../model/compile/freshness';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { instant, millis } from '../../model/time/time';
import type { Grain, Window } from '../../model/time/window';
import { split } from '../../model/time/window';
import { acceptWindows, undoAccepted } from '../../store/standing/accepted';
import { progressOf } from '../../store/standing/progress';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { sensors } from '../setup/sensors';

const HOUR_MS = 3_600_000;
const FRESHNESS = { warnAfter: '6h', errorAfter: '1d' } as const;

/** Spans that hold what calendars do: both changes of European clocks, a leap day, weeks over a new year. */
const CALENDARS: readonly (readonly [what: string, grain: Grain, from: Instant, to: Instant])[] = [
  ['hours over the night that clocks go forward', '1h', '2024-03-30T20:00:00Z', '2024-03-31T08:00:00Z'],
  ['local days, clocks go forward', '1d@Europe/Berlin', '2024-03-28T23:00:00Z', '2024-04-03T22:00:00Z'],
  ['local days, clocks go back', '1d@Europe/Berlin', '2024-10-24T22:00:00Z', '2024-10-31T23:00:00Z'],
  ['days over a leap day', '1d', '2024-02-26T00:00:00Z', '2024-03-04T00:00:00Z'],
  ['a history that begins inside a window', '6h', '2024-02-28T09:00:00Z', '2024-03-01T12:00:00Z'],
  ['weeks over a new year', '1w', '2023-12-14T00:00:00Z', '2024-02-08T00:00:00Z'],
];

/** The plain way: every window of the calendar, one after the other. */
function naively(pipeline: Pipeline, all: readonly Window[], state: readonly State[], now: Instant) {
  const { until } = pipeline;
  let completeUntil = all[0]!.start as Instant;
  for (let i = 0; i < all.length && state[i] !== 'missing'; i++) completeUntil = all[i]!.end as Instant;
  const published = all.filter((_, i) => state[i] === 'published');
  const newest = published.length === 0 ? null : (published.at(-1)!.end as Instant);
  const late: number[] = [];
  const done = until !== undefined && completeUntil === all.at(-1)!.end;
  if (!done) late.push(millis(now) - millis(completeUntil));
  if (until === undefined && newest !== null) late.push(millis(now) - millis(newest));
  const worst = Math.max(0, ...late);
  return {
    newest,
    completeUntil,
    verdict: worst > 24 * HOUR_MS ? 'broken' : worst > 6 * HOUR_MS ? 'warn' : 'kept',
  };
}

type State = 'published' | 'accepted' | 'missing';
const states = (n: number): fc.Arbitrary<State[]> =>
  fc
    .tuple(
      fc.nat(n),
      fc.array(fc.constantFrom<State>('published', 'published', 'accepted', 'missing'), { minLength: n, maxLength: n }),
    )
    .map(([full, mixed]) => mixed.map((one, i) => (i < full && one === 'missing' ? 'published' : one)));

describe('freshness by the ledger is what the calendar says window by window', () => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
  });
  afterAll(() => test_.close());

  async function given(name: string, windows: readonly Window[], state: readonly State[]): Promise<void> {
    const { database } = test_;
    const of = (wanted: State): Window[] => windows.filter((_, i) => state[i] === wanted);
    await database.query('delete from weir.windows');
    await database.query('delete from weir.accepted');
    await publish(name, of('published'));
    await acceptWindows(database, name, of('accepted'), { by: 'test', why: 'a test' });
  }
  const publish = (name: string, windows: readonly Window[]) =>
    test_.database.query(
      `insert into weir.windows (pipeline, window_start, window_end, state, published_at, published_epoch)
       select $1, s, e, 'published', now(), 1 from unnest($2::timestamptz[], $3::timestamptz[]) n (s, e)`,
      [name, windows.map(({ start }) => start), windows.map(({ end }) => end)],
    );

  test.each(CALENDARS)('%s', async (_, grain, from, to) => {
    const all = split(grain, { start: from, end: to });
    await fc.assert(
      fc.asyncProperty(states(all.length), fc.nat(60), fc.boolean(), async (state, hours, ends) => {
        const { pipeline } = sensors({
          more: { window: grain, from, freshness: FRESHNESS, ...(ends && { until: to }) },
        });
        await given(pipeline.name, all, state);
        const now = instant(millis(all.at(-1)!.end as Instant) + hours * HOUR_MS);
        const progress = await progressOf(test_.database, pipeline);
        expect({ ...progress, verdict: freshnessOf(pipeline, progress, now).verdict }).toEqual(
          naively(pipeline, all, state, now),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('windows of a former calendar fill nothing, though they start where new ones do', async () => {
    const from = '2024-03-28T23:00:00Z';
    for (const [former, grain] of [
      ['1d', '1h'],
      ['1h', '1d'],
      ['1h', '1d@Europe/Berlin'],
      ['1d@Europe/London', '1d@Europe/Berlin'],
      ['1d', '1d@Europe/London'],
    ] as const) {
      const { pipeline } = sensors({ more: { window: grain, from, freshness: FRESHNESS } });
      const there = split(former, { start: from, end: '2024-04-02T22:00:00Z' });
      await given(
        pipeline.name,
        there,
        there.map(() => 'published'),
      );
      const all = split(grain, { start: from, end: '2024-04-02T22:00:00Z' });
      const known = new Set(there.map(({ start, end }) => `${start} ${end}`));
      const state = all.map(({ start, end }): State => (known.has(`${start} ${end}`) ? 'published' : 'missing'));
      expect([grain, (await progressOf(test_.database, pipeline)).completeUntil]).toEqual([
        grain,
        naively(pipeline, all, state, from).completeUntil,
      ]);
    }
  });

  test('a table of one window by its last publish', async () => {
    const { pipeline } = sensors({ more: { window: 'whole', freshness: FRESHNESS } });
    const verdict = async (now: Instant) => freshnessOf(pipeline, await progressOf(test_.database, pipeline), now);
    await given(pipeline.name, [], []);
    expect(await verdict('2024-05-01T00:00:00Z')).toMatchObject({ verdict: 'broken', because: 'nothing published' });
    await publish(pipeline.name, [{ start: '-infinity', end: 'infinity' }]);
    await test_.database.query(`update weir.windows set published_at = '2024-05-01T00:00:00Z'`);
    const at = async (now: Instant) => (await verdict(now)).verdict;
    expect(await at('2024-05-01T06:00:00Z')).toBe('kept');
    expect(await at('2024-05-01T06:00:01Z')).toBe('warn');
    expect(await at('2024-05-02T00:00:01Z')).toBe('broken');
  });

  test('an accepted hole is filled until that is taken back, and a window published later is simply published', async () => {
    const from = '2024-05-01T00:00:00Z';
    const { pipeline } = sensors({ more: { window: '1h', from } });
    const all = split('1h', { start: from, end: '2024-05-01T06:00:00Z' });
    const completeUntil = async () => (await progressOf(test_.database, pipeline)).completeUntil;
    await given(pipeline.name, all, ['published', 'missing', 'published', 'published', 'missing', 'published']);
    expect(await completeUntil()).toBe('2024-05-01T01:00:00Z');
    const decision = { by: 'ann', why: 'the sensor was off' };
    expect(await acceptWindows(test_.database, pipeline.name, all, decision)).toEqual([all[1]!.start, all[4]!.start]);
    expect(await acceptWindows(test_.database, pipeline.name, all, decision)).toEqual([]);
    expect(await completeUntil()).toBe('2024-05-01T06:00:00Z');
    await publish(pipeline.name, [all[4]!]);
    await undoAccepted(test_.database, pipeline.name, all, 'bob');
    expect(await completeUntil()).toBe('2024-05-01T01:00:00Z');
    const kept = await test_.database.query(
      `select accepted_by, accepted_why, undone_by from weir.accepted order by window_start`,
    );
    expect(kept[0]).toEqual({ accepted_by: 'ann', accepted_why: 'the sensor was off', undone_by: 'bob' });
  });
});
