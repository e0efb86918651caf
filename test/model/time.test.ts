import fc from 'fast-check';
import { durationMs, instant, millis, parseInstant } from '../../model/time/time';

describe('durationMs', () => {
  test.each([
    ['1s', 1_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  test.each(['0d', '-1d', '1.5h', '01d', '1 d', '1y', 'd', '', '1d1h', '1D'])('%j is refused', (text) => {
    expect(() => durationMs(text)).toThrow(/is not a duration: write 15m, 1h, 1d, 1w/);
  });
});

describe('instant and millis', () => {
  test('are inverse to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        expect(millis(instant(ms))).toBe(ms);
        expect(parseInstant(instant(ms))).toBe(instant(ms));
      }),
    );
  });

  test('a fraction is written where there is one', () => {
    expect(instant(0)).toBe('1970-01-01T00:00:00Z');
    expect(instant(1)).toBe('1970-01-01T00:00:00.001Z');
    expect(() => millis('soon')).toThrow(RangeError);
  });
});

describe('parseInstant', () => {
  test.each([
    ['2001-01-05', '2001-01-05T00:00:00Z'],
    ['2001-01-05T07', '2001-01-05T07:00:00Z'],
    ['2001-01-05 07:15', '2001-01-05T07:15:00Z'],
    ['2001-01-05T07:15:30.5Z', '2001-01-05T07:15:30.500Z'],
    ['2001-01-05T07:15+02:00', '2001-01-05T05:15:00Z'],
    ['2000-02-29', '2000-02-29T00:00:00Z'],
  ])('reads %s as UTC', (text, moment) => {
    expect(parseInstant(text)).toBe(moment);
  });

  test.each([
    '2001-02-30',
    // Date.parse makes March of it, and a zone used to hide that.
    '2001-02-30T00:00+01:00',
    '2001-02-29T12:00Z',
    '2001-13-01',
    '2001-01-05T24',
    '2001-1-5',
    'today',
    '',
  ])('refuses %j', (text) => {
    expect(() => parseInstant(text)).toThrow(/is not a moment: write 2001-01-05 or 2001-01-05T07/);
  });
});
