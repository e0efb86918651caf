import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Deliveries } from '../../bench/chaos/deliveries';
import { generator } from '../../bench/chaos/generator';
import { LegalContents } from '../../bench/chaos/judges/legalContents';
import { truth } from '../../bench/chaos/judges/oracle';
import { MOST_READINGS, fileOf } from '../../bench/chaos/subject';

const DAYS = 9;

/** Nine days, three versions of each file. */
function written(): Deliveries {
  const deliveries = new Deliveries(mkdtempSync(path.join(tmpdir(), 'weir-legal-')), DAYS);
  for (const version of [0, 1, 2] as const)
    for (let day = 0; day < DAYS; day++) deliveries.write(day, fileOf(3, day, version));
  return deliveries;
}

describe('what readers may see of a window', () => {
  const deliveries = written();
  const legal = new LegalContents(deliveries);
  const chance = generator(11);
  const someFiles = (): (string | null)[] =>
    Array.from({ length: DAYS }, (_, day) => [null, ...deliveries.versions(day)][Math.floor(chance() * 4)]!);

  const allFiles = (): string[] =>
    Array.from({ length: DAYS }, (_, day) => deliveries.versions(day)[Math.floor(chance() * 3)]!);

  test('is what any choice of versions makes, by the plain definition, where the gate lets it', () => {
    let closed = 0;
    for (let round = 0; round < 40; round++) {
      for (const [window, cells] of truth(someFiles()).entries()) {
        const readings = cells.reduce((sum, cell) => sum + cell.readings, 0);
        if (readings > MOST_READINGS) closed++;
        expect([round, window, legal.allows(window, cells)]).toEqual([round, window, readings <= MOST_READINGS]);
      }
    }
    expect(closed).toBeGreaterThan(0);
    expect(legal.allows(4, [])).toBe(true);
  });

  test('is not a half, a mix, one reading too many, or one total that is off by one', () => {
    for (let round = 0; round < 40; round++) {
      const [one, other] = [truth(allFiles())[4]!, truth(allFiles())[4]!];
      // A cell of many readings: one alone may come from a file that another choice leaves out.
      const at = one.findIndex(({ readings }) => readings > 3);
      expect(legal.allows(4, one.toSpliced(at, 1))).toBe(false);
      expect(legal.allows(4, [...one, one[at]!])).toBe(false);
      expect(
        legal.allows(
          4,
          one.map((cell, i) => (i === at ? { ...cell, total: cell.total + 1 } : cell)),
        ),
      ).toBe(false);
      const half = one.length >> 1;
      const mix = [...one.slice(0, half), ...other.slice(half)];
      if (JSON.stringify(mix) !== JSON.stringify(one) && JSON.stringify(mix) !== JSON.stringify(other))
        expect(legal.allows(4, mix)).toBe(false);
    }
  });
});
