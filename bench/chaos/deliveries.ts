import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { midnightOf } from './subject';

/** The files of a chaos run, a day each, with every version that they ever had: what a reader may see is made of these. */
export class Deliveries {
  private readonly written: string[][];
  private readonly latest: (string | null)[];

  constructor(
    private readonly folder: string,
    readonly days: number,
  ) {
    mkdirSync(folder, { recursive: true });
    this.written = Array.from({ length: days }, () => []);
    this.latest = Array<null>(days).fill(null);
  }

  /** Puts a file in its place, whole. It counts as written from before the first byte is there. */
  write(day: number, text: string): void {
    if (!this.written[day]!.includes(text)) this.written[day]!.push(text);
    this.latest[day] = text;
    const file = path.join(this.folder, `readings-${midnightOf(day).slice(0, 10)}.csv`);
    writeFileSync(`${file}.part`, text);
    renameSync(`${file}.part`, file);
  }

  /** Every version that the day's file had so far, oldest first. */
  versions(day: number): readonly string[] {
    return this.written[day]!;
  }

  get versionsWritten(): number {
    return this.written.reduce((sum, versions) => sum + versions.length, 0);
  }

  /** What each file holds now; null for one that never was. */
  present(): readonly (string | null)[] {
    return this.latest;
  }
}
