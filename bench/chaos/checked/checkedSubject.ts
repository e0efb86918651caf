import path from 'node:path';
import { rowCountDelta, sumDelta } from '../../../checks';
import type { Pipeline } from '../../../model';
import { fileOf, subject } from '../subject';

const FOLDER = 'checked';

/** Days that differ from those before them: a quarter of the rows, every value at its most, every value nought. */
const BAD = { few: 10, dear: 17, worthless: 23 } as const;
export const BAD_DAYS: readonly number[] = Object.values(BAD);
/** So many days have all bad ones among them. */
export const LEAST_DAYS = 25;

/** Where the files of a run with checks lie: workers know by it which pipeline they serve. */
export const checkedFolder = (home: string): string => path.resolve(home, FOLDER);
export const isChecked = (folder: string): boolean => path.basename(folder) === FOLDER;

/** The readings of every chaos run under checks that compare each day with those before it. */
export const checkedSubject = (folder: string): Pipeline =>
  subject(folder, [rowCountDelta(), sumDelta({ column: 'value' })]);

/** The file of one day. */
export function checkedFileOf(seed: number, day: number): string {
  const text = fileOf(seed, day, 0);
  const [header, ...lines] = text.trimEnd().split('\n');
  const valued = (value: number): string[] => lines.map((line) => line.replace(/,[^,]*(?=,[^,]*$)/, `,${value}`));
  const said =
    day === BAD.few
      ? lines.slice(0, lines.length / 4)
      : day === BAD.dear
        ? valued(1_000)
        : day === BAD.worthless
          ? valued(0)
          : lines;
  return `${[header, ...said].join('\n')}\n`;
}
