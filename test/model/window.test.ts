import fc from 'fast-check';
import type { Duration } from '../../model/time/time';
import { durationMs, instant, millis } from '../../model/time/time';
import {
  countWindows,
  parseRange,
  parseWindow,
  rangeName,
  split,
  WHOLE,
  windowAt,
  windowName,
} from '../../model/time/window';

const grain = fc.constantFrom<Duration>('1s', '15m', '1h', '6h', '1d', '7d', '1w', '30d');
/** 1900 to 2100: before the epoch too. */
const moment = fc.integer({ min: -2_208_988_800, max: 4_102_444_800 }).map((seconds) => instant(seconds * 1_000));
/** A range of at most 200 windows, that may begin and end inside one. */
const cut = fc.tuple(grain, moment, fc.double({ min: 0.01, max: 200, noNaN: true })).map(([size, start, windows]) => ({
  size,
  range: { start, end: instant(millis(start) + Math.ceil((windows * durationMs(size)) / 1_000) * 1_000) },
}));

describe('windowAt', () => {
  test('holds its moment, has the length of its grain, and is aligned to the epoch', () => {
    fc.assert(
      fc.property(grain, moment, (size, at) => {
        const window = windowAt(size, at);
        expect(millis(window.start)).toBeLessThanOrEqual(millis(at));
        expect(millis(window.end)).toBeGreaterThan(millis(at));
        expect(millis(window.end) - millis(window.start)).toBe(durationMs(size));
        expect(Math.abs(millis(window.start) % durationMs(size))).toBe(0);
      }),
    );
  });

  test('is the one window where there is one', () => {
    expect(windowAt('whole', '2001-01-05T07:00:00Z')).toBe(WHOLE);
  });

  test('begins weeks on Thursday', () => {
    expect(windowName(windowAt('1w', '2001-01-05T07:00:00Z'))).toBe('2001-01-04');
  });
});

describe('split', () => {
  test('gives two windows for two days: the end is left out', () => {
    expect(split('1d', { start: '2024-05-01T00:00:00Z', end: '2024-05-03T00:00:00Z' }).map(windowName)).toEqual([
      '2024-05-01',
      '2024-05-02',
    ]);
  });

  test('gives none for an empty range', () => {
    expect(split('1d', { start: '2024-05-01T00:00:00Z', end: '2024-05-01T00:00:00Z' })).toEqual([]);
  });

  test('partitions its range: windows touch, none is empty, and first and last hold its edges', () => {
    fc.assert(
      fc.property(cut, ({ size, range }) => {
        const windows = split(size, range);
        expect(windows).toHaveLength(countWindows(size, range));
        expect(windows[0]).toEqual(windowAt(size, range.start));
        windows.slice(1).forEach((window, i) => expect(window.start).toBe(windows[i]!.end));
        const last = windows.at(-1)!;
        expect(millis(last.start)).toBeLessThan(millis(range.end));
        expect(millis(last.end)).toBeGreaterThanOrEqual(millis(range.end));
      }),
    );
  });

  test('gives the whole where there is one window', () => {
    expect(split('whole', WHOLE)).toEqual([WHOLE]);
    expect(countWindows('whole', WHOLE)).toBe(1);
  });
});

describe('names', () => {
  test('of windows read back as the same window', () => {
    fc.assert(
      fc.property(grain, moment, (size, at) => {
        const window = windowAt(size, at);
        expect(parseWindow(size, windowName(window))).toEqual(window);
      }),
    );
    expect(parseWindow('whole', windowName(WHOLE))).toBe(WHOLE);
  });

  test('of ranges read back as the same range', () => {
    fc.assert(
      fc.property(cut, ({ size, range }) => {
        const whole = { start: split(size, range)[0]!.start, end: split(size, range).at(-1)!.end };
        expect(parseRange(size, rangeName(whole))).toEqual(whole);
      }),
    );
    expect(rangeName(WHOLE)).toBe('whole');
  });

  test.each([
    ['1d', '2001-01-05T00:00:00Z', '2001-01-05'],
    ['1h', '2001-01-05T07:00:00Z', '2001-01-05T07'],
    ['1h', '2001-01-05T00:00:00Z', '2001-01-05'],
    ['15m', '2001-01-05T07:15:00Z', '2001-01-05T07:15'],
    ['15m', '2001-01-05T00:15:00Z', '2001-01-05T00:15'],
    ['1s', '2001-01-05T00:00:07Z', '2001-01-05T00:00:07'],
  ] as const)('of a window of %s at %s is %s', (size, at, name) => {
    expect(windowName(windowAt(size, at))).toBe(name);
  });

  test('that are no window say which window was meant', () => {
    expect(() => parseWindow('1d', '2001-01-05T07')).toThrow(
      '2001-01-05T07 is inside a window of 1d, which starts at 2001-01-05',
    );
    expect(() => parseWindow('1d', 'whole')).toThrow(/windows of 1d/);
    expect(() => parseWindow('whole', '2001-01-05')).toThrow(/one window, 'whole'/);
    expect(() => parseWindow('1d', 'yesterday')).toThrow(RangeError);
  });

  test('of ranges that are empty, upside down or between windows are refused', () => {
    expect(() => parseRange('1d', '2001-01-05..2001-01-05')).toThrow(/empty/);
    expect(() => parseRange('1d', '2001-01-06..2001-01-05')).toThrow(/empty/);
    expect(() => parseRange('1d', '2001-01-05..2001-01-06T07')).toThrow(/inside a window/);
    for (const text of ['2001-01-05..', '..2001-01-05', '2001-01-01..2001-01-02..2001-01-03'])
      expect(() => parseRange('1d', text)).toThrow(/is not a range/);
  });

  test('of one window is a range too', () => {
    expect(parseRange('1d', '2001-01-05')).toEqual(windowAt('1d', '2001-01-05T00:00:00Z'));
    expect(parseRange('whole', 'whole')).toBe(WHOLE);
  });
});
