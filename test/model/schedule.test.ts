import { dueAt, timingOf } from '../../model/compile/due';
import { instant, millis } from '../../model/time/time';
import type { Grain } from '../../model/time/window';
import { split } from '../../model/time/window';
import { sensors } from '../setup/sensors';

const YEAR = { start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' };
const pipelineOf = (window: Grain, more: object = {}) =>
  sensors({ more: { window, from: '2023-06-01T00:00:00Z', ...more } }).pipeline;

test.each<[Grain, string]>([
  ['1h', '5m'],
  ['1d', '15m'],
  ['1d', '30h'],
  ['1d@Europe/Berlin', '6h'],
  ['1d@America/Sao_Paulo', '1h'],
  ['1w', '1d'],
  ['1w@mon', '6h'],
  ['1mo', '30h'],
  ['1mo@America/New_York', '1h'],
])('over a year every window of %s is due once, %s after its end, in order', (window, after) => {
  const pipeline = pipelineOf(window, { schedule: { after } });
  const windows = split(window, YEAR);
  const afterMs = { '5m': 300e3, '15m': 900e3, '30h': 108e6, '6h': 216e5, '1h': 36e5, '1d': 864e5 }[after]!;
  expect(windows.map(({ end }) => dueAt(pipeline, instant(millis(end) + afterMs)))).toEqual(
    windows.map((one) => ({ window: one, since: instant(millis(one.end) + afterMs), exact: true })),
  );
});

test('before the first window nothing is due, nor after the end of a history', () => {
  const pipeline = pipelineOf('1d', { from: '2024-05-01T00:00:00Z' });
  expect(dueAt(pipeline, '2024-05-01T00:15:00Z')).toBeNull();
  expect(dueAt(pipeline, '2024-05-02T00:15:00Z')?.window).toEqual({
    start: '2024-05-01T00:00:00Z',
    end: '2024-05-02T00:00:00Z',
  });
  expect(dueAt(pipelineOf('1d', { until: '2024-05-01T00:00:00Z' }), '2024-05-02T00:15:00Z')).toBeNull();
});

test('what has a schedule: open histories by their windows, whole tables by cron', () => {
  expect(timingOf(pipelineOf('1d'))).toEqual({ everyMs: 86_400_000, offsetMs: 900_000 });
  expect(timingOf(pipelineOf('1d@Europe/Berlin', { schedule: { after: '90m' } }))).toEqual({
    utc: [{ hours: [0, 23], minutes: [30] }],
    says: '90 min after the end of each 1d@Europe/Berlin',
  });
  expect(timingOf(pipelineOf('1mo', { schedule: { after: '3d' } }))).toEqual({
    utc: [{ hours: [0], minutes: [0] }],
    says: '3 d after the end of each 1mo',
  });
  expect(timingOf(pipelineOf('1d', { until: '2024-05-01T00:00:00Z' }))).toBeNull();
  expect(timingOf(pipelineOf('1d', { schedule: 'manual' }))).toBeNull();
  expect(timingOf(pipelineOf('whole'))).toBeNull();
  expect(timingOf(pipelineOf('whole', { schedule: { cron: '0 6 * * *', zone: 'Europe/Berlin' } }))).toEqual({
    utc: [{ hours: [4, 5], minutes: [0] }],
    says: 'cron 0 6 * * * (Europe/Berlin)',
  });
});
