import type { Instant } from '../../../model/time/time';
import { instant, millis } from '../../../model/time/time';
import { dayOf, VALUES } from '../subject';

/** A valid record of a file, as plain values. */
export interface Reading {
  readonly key: string;
  /** The cell of the hourly table that it counts in: `2024-01-01T05:00:00Z s3`. */
  readonly cell: string;
  readonly window: number;
  readonly value: number;
  readonly revision: number;
  readonly position: number;
}

/** One row of the published hourly table. */
export interface Cell {
  readonly hour: string;
  readonly sensor: string;
  readonly readings: number;
  readonly total: number;
}

const HOUR = 3_600_000;
const parsed = new Map<string, readonly Reading[]>();

/** The valid records of a file. Knows nothing of Weir: text, split at commas. */
export function readingsOf(text: string): readonly Reading[] {
  let readings = parsed.get(text);
  if (readings) return readings;
  readings = text
    .trimEnd()
    .split('\n')
    .slice(1)
    .flatMap((line, position) => {
      const [at, sensor, seq, value, revision] = line.split(',') as [Instant, string, string, string, string];
      if (!/^\d+$/.test(value) || Number(value) < VALUES.least || Number(value) > VALUES.most) return [];
      const hour = instant(Math.floor(millis(at) / HOUR) * HOUR);
      return [
        {
          key: `${sensor} ${seq}`,
          cell: `${hour} ${sensor}`,
          window: dayOf(at),
          value: Number(value),
          revision: Number(revision),
          position,
        },
      ];
    });
  parsed.set(text, readings);
  return readings;
}

/** The winner of two records of one key: the greater by (revision, origin, position); origins sort as their days do. */
export const beats = (a: Reading, dayOfA: number, b: Reading, dayOfB: number): boolean =>
  a.revision !== b.revision ? a.revision > b.revision : dayOfA !== dayOfB ? dayOfA > dayOfB : a.position > b.position;

/** The hourly rows of each window that these files make, a file a day: by the plain definition, in a loop. */
export function truth(files: readonly (string | null)[]): Cell[][] {
  const winners = new Map<string, { reading: Reading; day: number }>();
  for (const [day, text] of files.entries()) {
    for (const reading of text === null ? [] : readingsOf(text)) {
      const best = winners.get(reading.key);
      if (!best || beats(reading, day, best.reading, best.day)) winners.set(reading.key, { reading, day });
    }
  }
  const windows = files.map(() => new Map<string, { readings: number; total: number }>());
  for (const { reading } of winners.values()) {
    const sum = windows[reading.window]!.get(reading.cell) ?? { readings: 0, total: 0 };
    windows[reading.window]!.set(reading.cell, { readings: sum.readings + 1, total: sum.total + reading.value });
  }
  return windows.map((cells) =>
    [...cells].map(([cell, sum]) => {
      const [hour, sensor] = cell.split(' ') as [string, string];
      return { hour, sensor, ...sum };
    }),
  );
}

/** The cells on one side only, as lines: `published 2024-01-01T05:00:00Z s3: 2 readings, 713`. */
export function differingCells(published: readonly Cell[], right: readonly Cell[]): string[] {
  const line = (cell: Cell): string => `${cell.hour} ${cell.sensor}: ${cell.readings} readings, ${cell.total}`;
  const [mine, theirs] = [published, right].map((cells) => cells.map(line)) as [string[], string[]];
  return [
    ...mine.filter((text) => !theirs.includes(text)).map((text) => `published ${text}`),
    ...theirs.filter((text) => !mine.includes(text)).map((text) => `right is ${text}`),
  ];
}
