import fc from 'fast-check';
import { cleaned, definePipeline, text, timestamptz } from '../../model';
import { instant, millis } from '../../model/time/time';
import type { Grain } from '../../model/time/window';
import { parseRange, parseWindow, split, windowAt } from '../../model/time/window';
import { localDate } from '../../model/time/zones';
import { MemoryFiles } from '../../testing/memoryFiles';

const hours = ({ start, end }: { start: string; end: string }): number => (millis(end) - millis(start)) / 3_600_000;
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Pacific/Apia',
  'UTC',
];
const zone = fc.constantFrom(...ZONES);
/** 1990 to 2037: what the tz database knows well. */
const moment = fc.integer({ min: 631_152_000, max: 2_114_380_800 }).map((seconds) => instant(seconds * 1_000));

describe('local days', () => {
  test('hold their moment, begin and end where the local date changes', () => {
    fc.assert(
      fc.property(zone, moment, (of, at) => {
        const day = windowAt(`1d@${of}`, at);
        expect(millis(day.start)).toBeLessThanOrEqual(millis(at));
        expect(millis(day.end)).toBeGreaterThan(millis(at));
        const date = localDate(of, millis(at));
        expect(localDate(of, millis(day.start))).toBe(date);
        expect(localDate(of, millis(day.end) - 1)).toBe(date);
        expect(localDate(of, millis(day.start) - 1) < date).toBe(true);
        expect(localDate(of, millis(day.end)) > date).toBe(true);
      }),
    );
  });

  test('leave no gap, overlap nowhere and come once, over a year of any zone', () => {
    fc.assert(
      fc.property(zone, moment, (of, from) => {
        const range = { start: from, end: instant(millis(from) + 366 * 86_400_000) };
        const days = split(`1d@${of}`, range);
        expect(millis(days[0]!.start)).toBeLessThanOrEqual(millis(range.start));
        expect(millis(days.at(-1)!.end)).toBeGreaterThanOrEqual(millis(range.end));
        days.slice(1).forEach((day, i) => expect(day.start).toBe(days[i]!.end));
        expect(new Set(days.map((day) => localDate(of, millis(day.start)))).size).toBe(days.length);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['Europe/Berlin', '2024-03-31', 23, '2024-03-30T23:00:00Z'],
    ['Europe/Berlin', '2024-10-27', 25, '2024-10-26T22:00:00Z'],
    ['Europe/Berlin', '2024-05-01', 24, '2024-04-30T22:00:00Z'],
    // Clocks went forward at midnight: the day began at one o'clock.
    ['America/Sao_Paulo', '2018-11-04', 23, '2018-11-04T03:00:00Z'],
    // They went back at midnight: the day before had 25 hours.
    ['America/Sao_Paulo', '2018-02-17', 25, '2018-02-17T02:00:00Z'],
    ['Australia/Lord_Howe', '2024-04-07', 24.5, '2024-04-06T13:00:00Z'],
  ])('%s %s has %d hours', (of, date, length, start) => {
    const day = parseWindow(`1d@${of}` as Grain, date);
    expect([hours(day), day.start]).toEqual([length, start]);
  });

  test('a day that a zone left out is no window', () => {
    const days = split('1d@Pacific/Apia', parseRange('1d@Pacific/Apia', '2011-12-29..2012-01-01'));
    expect(days.map((day) => localDate('Pacific/Apia', millis(day.start)))).toEqual(['2011-12-29', '2011-12-31']);
  });

  test('a zone that is none is refused when the pipeline is defined', () => {
    const table = cleaned({ name: 't', columns: { at: timestamptz(), a: text() }, key: ['a'], eventTime: 'at' });
    const define = (window: Grain) => () =>
      definePipeline({
        name: 'p',
        description: 'd',
        owners: ['a@example.test'],
        source: new MemoryFiles(),
        window,
        from: '2024-01-01T00:00:00Z',
        cleaned: table,
      });
    expect(define('1d@Europe/Berlin')).not.toThrow();
    expect(define('1d@Europe/Belrin')).toThrow(/Europe\/Belrin/);
  });
});
