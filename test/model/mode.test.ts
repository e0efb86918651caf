import { timingOf } from '../../model/compile/due';
import { freshnessOf } from '../../model/compile/freshness';
import { modeOf } from '../../model/compile/mode';
import type { PipelineDefinition } from '../../model/definition/pipeline';
import { csvFiles } from '../../sources/csvFiles';
import { sensors } from '../setup/sensors';

const FROM = '2024-05-01T00:00:00Z';
const pipelineOf = (more: Partial<PipelineDefinition>) => sensors({ more: { from: FROM, ...more } }).pipeline;
const promise = (errorAfter: `${number}${'s' | 'm' | 'h' | 'd'}`) => ({ freshness: { errorAfter } });

test.each<[string, Partial<PipelineDefinition>, string]>([
  ['a table of one window', { window: 'whole', ...promise('1d') }, 'batch, every 3 h: the promise is 1 d'],
  [
    'a table of one window in a hurry',
    { window: 'whole', ...promise('2m') },
    'batch, every 1 min: the promise is 2 min',
  ],
  ['hours', { window: '1h', ...promise('6h') }, 'batch, every 1 h: the promise is 6 h'],
  ['hours without a promise', { window: '1h' }, 'batch, every 1h: nothing is promised'],
  ['a finished history', { until: '2024-06-01T00:00:00Z', ...promise('1d') }, 'batch, by backfill: the history ends'],
  ['by hand', { schedule: 'manual', ...promise('1d') }, "batch, by hand: schedule is 'manual', and so is the promise"],
  [
    'cron',
    { window: 'whole', schedule: { cron: '0 6 * * *' }, ...promise('2d') },
    'batch, cron 0 6 * * * (UTC): the promise is 2 d',
  ],
  [
    'days that are promised within a day',
    { window: '1d', ...promise('1d') },
    "no schedule keeps 1 d with windows of 1d: right before the next publish the newest data is 1 d 1 min old; what would: windows of 12h, or errorAfter of '1441m' or more",
  ],
  [
    'a schedule that is declared too late',
    { window: '1h', schedule: { after: '6h' }, ...promise('3h') },
    "no schedule keeps 3 h with windows of 1h: right before the next publish the newest data is 7 h old; what would: schedule: { after: '2h' } or less, or errorAfter of '7h' or more",
  ],
  [
    'seconds',
    { window: '1m', source: csvFiles({ path: 'a.csv' }), ...promise('5s') },
    "a stream would be needed for 5 s; csv files cannot be followed: appendedRows, httpPush, kafkaTopic can; what would: a source that can be followed, or errorAfter of '2m' or more, which batch keeps with windows of 1m",
  ],
])('the mode of %s is told with its reason, or with what would keep the promise', (_, more, says) => {
  expect(modeOf(pipelineOf(more)).says).toBe(says);
});

test('the schedule that the promise picks is what apply makes, where none is declared', () => {
  expect(timingOf(pipelineOf({ window: 'whole', ...promise('1d') }))).toEqual({ everyMs: 10_800_000, offsetMs: 0 });
  expect(timingOf(pipelineOf({ window: '1h', ...promise('6h') }))).toEqual({ everyMs: 3_600_000, offsetMs: 900_000 });
  // Fifteen minutes after would be too late for an hour within 70 minutes.
  expect(timingOf(pipelineOf({ window: '1h', ...promise('70m') }))).toEqual({ everyMs: 3_600_000, offsetMs: 300_000 });
  expect(timingOf(pipelineOf({ window: 'whole' }))).toBeNull();
  expect(timingOf(pipelineOf({ window: '1h' }))).toEqual({ everyMs: 3_600_000, offsetMs: 900_000 });
  expect(timingOf(pipelineOf({ window: 'whole', schedule: 'manual', ...promise('1d') }))).toBeNull();
});

test.each<[string, Partial<PipelineDefinition>, string | null, string | null, string, object]>([
  ['a fresh window behind which nothing lacks', {}, '05', '05', '2024-05-05T06:00:00Z', { verdict: 'kept' }],
  ['nothing new', {}, '05', '05', '2024-05-05T07:00:00Z', { verdict: 'warn', because: 'age' }],
  ['a hole behind a fresh window', {}, '05', '02', '2024-05-05T01:00:00Z', { verdict: 'broken', because: 'hole' }],
  ['nothing at all', {}, null, '01', '2024-05-02T00:00:01Z', { verdict: 'broken', because: 'nothing published' }],
  ['nothing yet', {}, null, '01', '2024-05-01T05:00:00Z', { verdict: 'kept', because: null }],
  [
    'a finished history long ago',
    { until: '2024-05-05T00:00:00Z' },
    '05',
    '05',
    '2025-05-05T00:00:00Z',
    { verdict: 'kept' },
  ],
  [
    'a finished history with a hole',
    { until: '2024-05-05T00:00:00Z' },
    '05',
    '03',
    '2025-05-05T00:00:00Z',
    { verdict: 'broken', because: 'hole', ageMs: null },
  ],
  ['no promise', { freshness: undefined }, '05', '02', '2025-05-05T00:00:00Z', { verdict: null, because: null }],
])('of %s', (_, more, newest, until, now, expected) => {
  const day = (name: string): string => `2024-05-${name}T00:00:00Z`;
  const pipeline = pipelineOf({ freshness: { warnAfter: '6h', errorAfter: '1d' }, ...more } as never);
  const progress = { newest: newest && day(newest), completeUntil: until && day(until) };
  expect(freshnessOf(pipeline, progress, now)).toMatchObject(expected);
});

test('what is due next of a table of one window: by cron on the clocks of its zone, or by its promise', () => {
  const next = (pipeline: Parameters<typeof freshnessOf>[0]) =>
    freshnessOf(pipeline, { newest: null, completeUntil: null }, '2024-03-31T00:30:00Z').next?.at;
  const schedule = { cron: '0 3 * * *', zone: 'Europe/Zurich' };
  // That night clocks there go from two to three.
  expect(next({ window: 'whole', schedule })).toBe('2024-03-31T01:00:00Z');
  expect(next({ window: 'whole', schedule: { cron: '@daily' } })).toBe('2024-04-01T00:00:00Z');
  expect(next({ window: 'whole', freshness: { errorAfter: '8h' } })).toBe('2024-03-31T01:00:00Z');
  expect(next({ window: 'whole', schedule: 'manual' })).toBeUndefined();
});
