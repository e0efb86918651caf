import type { Deliveries } from '../deliveries';
import { MOST_READINGS } from '../subject';
import type { Cell, Reading } from './oracle';
import { beats, readingsOf } from './oracle';

/** Two lanes of a fingerprint that adds up: that of a window is the sum of its readings', and can be taken from its rows too. */
interface Sum {
  a: number;
  b: number;
  readings: number;
}

/** What the keys of one set of files add to a window, for every choice of versions of these files. */
interface Group {
  readonly days: readonly number[];
  readonly sums: readonly Sum[];
}

const MANY = 1_000_000;

/**
 * What readers may see of each window: what some prefix of the deliveries makes, so for each file one of the versions written so far, or none, in any combination;
 * not where the gate closes, and nothing at all before the first run. Enumerated from the files alone: nothing of Weir computes here.
 *
 * Keys that appear in the same files are summed up once for every choice of versions of those files; then a window's contents are one sum
 * of such sums for every choice of all files that it depends on: eight, as corrections reach three days back.
 */
export class LegalContents {
  private readonly known = new Map<number, { readonly versions: number; readonly contents: Float64Array }>();

  constructor(private readonly deliveries: Deliveries) {}

  /** True when these rows, all that there are of the window, are legal now. What was legal once stays so: versions are only added. */
  allows(window: number, cells: readonly Cell[]): boolean {
    const wanted = fingerprint(sumOf(cells));
    const known = this.known.get(window);
    if (known && has(known.contents, wanted)) return true;
    const { versionsWritten: versions } = this.deliveries;
    if (known?.versions === versions) return false;
    const contents = this.enumerate(window);
    this.known.set(window, { versions, contents });
    return has(contents, wanted);
  }

  private enumerate(window: number): Float64Array {
    const groups = this.groupsOf(window);
    const days = [...new Set(groups.flatMap((group) => group.days))].sort((x, y) => x - y);
    const choices = days.map((day) => this.deliveries.versions(day).length + 1);
    const count = choices.reduce((product, n) => product * n, 1);
    if (count > MANY) throw new Error(`window ${window} has ${count} legal contents: too many to list`);
    const contents = new Float64Array(count);
    let filled = 0;
    const chosen = new Map<number, number>();
    const choose = (level: number, sum: Sum): void => {
      if (level === days.length) {
        // Behind a closed gate readers keep what they had, which is another of these.
        if (sum.readings <= MOST_READINGS) contents[filled++] = fingerprint(sum);
        return;
      }
      const day = days[level]!;
      const complete = groups.filter((group) => group.days.at(-1) === day);
      for (let version = 0; version < choices[level]!; version++) {
        chosen.set(day, version);
        choose(
          level + 1,
          complete.reduce((total, group) => plus(total, group.sums[this.place(group.days, chosen)]!), sum),
        );
      }
    };
    choose(0, NOTHING);
    return contents.slice(0, filled).sort();
  }

  // By key: the best reading of each version of each file; only keys that have a reading in the window.
  private groupsOf(window: number): Group[] {
    const keys = new Map<string, Map<number, (Reading | undefined)[]>>();
    const inWindow = new Set<string>();
    for (let day = 0; day < this.deliveries.days; day++) {
      for (const [version, text] of this.deliveries.versions(day).entries()) {
        for (const reading of readingsOf(text)) {
          const days = keys.get(reading.key) ?? new Map<number, (Reading | undefined)[]>();
          const best = days.get(day) ?? [];
          const former = best[version + 1];
          if (!former || beats(reading, day, former, day)) best[version + 1] = reading;
          keys.set(reading.key, days.set(day, best));
          if (reading.window === window) inWindow.add(reading.key);
        }
      }
    }
    const groups = new Map<string, { days: number[]; sums: Sum[] }>();
    for (const key of inWindow) {
      const days = [...keys.get(key)!.keys()];
      const group = groups.get(days.join()) ?? { days, sums: [] };
      groups.set(days.join(), group);
      for (const [place, choice] of this.combinations(days).entries()) {
        const winner = days
          .map((day, i) => ({ day, reading: keys.get(key)!.get(day)![choice[i]!] }))
          .reduce<{ day: number; reading: Reading } | null>(
            (best, { day, reading }) =>
              reading && (!best || beats(reading, day, best.reading, best.day)) ? { day, reading } : best,
            null,
          );
        const own = winner?.reading.window === window ? sumOfReading(winner.reading) : NOTHING;
        group.sums[place] = plus(group.sums[place] ?? NOTHING, own);
      }
    }
    return [...groups.values()];
  }

  // Every choice of versions (0 is none) of these files, in the order of `place`.
  private combinations(days: readonly number[]): number[][] {
    return days.reduce<number[][]>(
      (all, day) =>
        all.flatMap((choice) =>
          Array.from({ length: this.deliveries.versions(day).length + 1 }, (_, version) => [...choice, version]),
        ),
      [[]],
    );
  }

  private place(days: readonly number[], chosen: ReadonlyMap<number, number>): number {
    return days.reduce((place, day) => place * (this.deliveries.versions(day).length + 1) + chosen.get(day)!, 0);
  }
}

const NOTHING: Sum = { a: 0, b: 0, readings: 0 };
const plus = (x: Sum, y: Sum): Sum => ({ a: (x.a + y.a) | 0, b: (x.b + y.b) | 0, readings: x.readings + y.readings });

// Of a cell of `n` readings that sum to `t`: n times one hash of its name and t times another, so that readings can be added one by one.
function ofCell(name: string, readings: number, total: number): Sum {
  const lane = (salt: number): number =>
    (Math.imul(hash(name, salt), readings) + Math.imul(hash(name, salt + 1), total)) | 0;
  return { a: lane(1), b: lane(3), readings };
}

const sumOfReading = ({ cell, value }: Reading): Sum => ofCell(cell, 1, value);
const sumOf = (cells: readonly Cell[]): Sum =>
  cells.map((cell) => ofCell(`${cell.hour} ${cell.sensor}`, cell.readings, cell.total)).reduce(plus, NOTHING);

/** 53 bits of the 64. */
const fingerprint = ({ a, b }: Sum): number => (a >>> 0) * 2 ** 21 + (b >>> 11);

// Murmur's finalizer over FNV-1a, 32 bits.
function hash(text: string, salt: number): number {
  let h = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 1;
}

function has(sorted: Float64Array, wanted: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}
