import { setTimeout as wait } from 'node:timers/promises';
import { Database } from '../../../store/postgres/database';
import { dayOf, midnightOf } from '../subject';
import type { LegalContents } from './legalContents';
import type { Cell } from './oracle';
import { differingCells } from './oracle';

export interface Seen {
  readonly snapshots: number;
  readonly windows: number;
  /** What no reader may ever see, in words. */
  readonly broken: readonly string[];
}

interface WindowRead {
  readonly window: number;
  readonly cells: readonly Cell[];
  readonly daily: readonly string[];
  readonly epoch: number | null;
}

const WINDOWS_AT_ONCE = 8;
const BREATH_MS = 40;
const SHOWN = 3;
const ENOUGH = 20;

/**
 * People who read the published tables while the storm is on, each on a connection of its own: every snapshot takes some windows, and each window as a whole
 * must be what some prefix of the deliveries makes, its daily row the sum of its hours, and published by no older run than the reader saw before.
 */
export class Readers {
  private readonly database: Database;
  private readonly reading: Promise<void>[] = [];
  private readonly broken: string[] = [];
  private readonly began = Date.now();
  private snapshots = 0;
  private windows = 0;
  private over = false;

  private constructor(
    url: string,
    private readonly days: number,
    private readonly legal: LegalContents,
    private readonly present: () => readonly (readonly Cell[])[],
    count: number,
  ) {
    this.database = Database.open(url, { max: count, name: 'chaos readers' });
    for (let reader = 0; reader < count; reader++) this.reading.push(this.read(reader));
  }

  /** `present` says what the files of this moment make: what a wrong window is held against, for people. */
  static begin(at: {
    url: string;
    days: number;
    legal: LegalContents;
    present: () => readonly (readonly Cell[])[];
  }): Readers {
    return new Readers(at.url, at.days, at.legal, at.present, 2);
  }

  seen(): Seen {
    return { snapshots: this.snapshots, windows: this.windows, broken: [...this.broken] };
  }

  /** Every window once more, in snapshots that are taken from now on. */
  async lookAtAll(): Promise<void> {
    for (let from = 0; from < this.days; from += WINDOWS_AT_ONCE)
      for (const window of await this.snapshot(from)) this.judge(window, new Map());
  }

  async end(): Promise<Seen> {
    this.over = true;
    await Promise.all(this.reading);
    await this.database.close();
    return this.seen();
  }

  private async read(reader: number): Promise<void> {
    const epochs = new Map<number, number>();
    let from = reader * WINDOWS_AT_ONCE;
    while (!this.over) {
      // PostgreSQL may be down: then nobody reads.
      const windows = await this.snapshot(from % this.days).catch(() => []);
      for (const window of windows) this.judge(window, epochs);
      from = from % this.days >= this.days - WINDOWS_AT_ONCE ? 0 : (from % this.days) + WINDOWS_AT_ONCE;
      await wait(BREATH_MS);
    }
  }

  private async snapshot(from: number): Promise<WindowRead[]> {
    const to = Math.min(this.days, from + WINDOWS_AT_ONCE);
    const range = [midnightOf(from), midnightOf(to)];
    const { hourly, daily, ledger } = await this.database.tx(
      async (tx) => ({
        hourly: await tx.query<{ w: string; hour: string; sensor: string; readings: number; total: string }>(
          `select _window as w, hour, sensor, readings, total from marts.chaos_hourly where _window >= $1 and _window < $2`,
          range,
        ),
        daily: await tx.query<{ w: string; line: string }>(
          `select _window as w, concat_ws(' ', day, readings, total) as line from marts.chaos_daily where _window >= $1 and _window < $2`,
          range,
        ),
        ledger: await tx.query<{ w: string; epoch: string | null }>(
          `select window_start as w, published_epoch as epoch from weir.windows where window_start >= $1 and window_start < $2`,
          range,
        ),
      }),
      { isolation: 'repeatable read' },
    );
    this.snapshots += 1;
    return Array.from({ length: to - from }, (_, i) => from + i).map((window) => {
      const epoch = ledger.find((row) => dayOf(row.w) === window)?.epoch ?? null;
      return {
        window,
        cells: hourly.filter((row) => dayOf(row.w) === window).map((row) => ({ ...row, total: Number(row.total) })),
        daily: daily.filter((row) => dayOf(row.w) === window).map((row) => row.line),
        epoch: epoch === null ? null : Number(epoch),
      };
    });
  }

  private judge({ window, cells, daily, epoch }: WindowRead, epochs: Map<number, number>): void {
    this.windows += 1;
    const [day, readings] = [midnightOf(window).slice(0, 10), sum(cells.map((cell) => cell.readings))];
    const whole = cells.length === 0 ? [] : [`${day} ${readings} ${sum(cells.map((cell) => cell.total))}`];
    const wrong: string[] = [];
    if (!this.legal.allows(window, cells))
      wrong.push(
        `${readings} readings in ${cells.length} rows that no prefix of the deliveries makes`,
        ...differingCells(cells, this.present()[window]!).slice(0, SHOWN),
      );
    if (daily.join() !== whole.join()) wrong.push(`its day says "${daily.join()}", its hours say "${whole.join()}"`);
    const former = epochs.get(window) ?? 0;
    if ((epoch ?? 0) < former) wrong.push(`it went back from run ${former} to the older run ${epoch}`);
    epochs.set(window, epoch ?? 0);
    if (wrong.length === 0 || this.broken.length >= ENOUGH) return;
    const at = ((Date.now() - this.began) / 1000).toFixed(1);
    this.broken.push(`window ${day} as read at ${at} s: ${wrong.join('; ')}`);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
