import type { WindowCount } from '../model/run/deadLetter';
import { instant } from '../model/time/time';

/** Rows and dead letters by window; neighbours share theirs more often than not. A window is its start in milliseconds: -Infinity of a whole table, NaN where it could not be read. */
export class WindowCounts {
  private windows = new Map<string | null, WindowCount>();
  private last = NaN;
  private lastCount: WindowCount | null = null;

  of(window: number): WindowCount {
    if (window === this.last) return this.lastCount!;
    const start = windowText(window);
    let count = this.windows.get(start);
    if (!count) this.windows.set(start, (count = { rows: 0, dead: 0, low: 0, high: 0 }));
    this.last = window;
    this.lastCount = count;
    return count;
  }

  /** Since the last call, by the window's start. */
  take(): Map<string | null, WindowCount> {
    const taken = this.windows;
    this.windows = new Map();
    this.last = NaN;
    return taken;
  }
}

/** The start of a window as the ledger has it; null where it could not be read. */
export const windowText = (window: number): string | null =>
  Number.isNaN(window) ? null : window === -Infinity ? '-infinity' : instant(window);
