import { instant, millis } from '../model/time/time';
import type { Grain } from '../model/time/window';
import { lengthOf, windowAt } from '../model/time/window';
import { EPOCH_2000_MS } from './calendar';

/** Finds the window of an event time; neighbours share theirs more often than not. */
export class EventWindows {
  /** 0 where windows are no fixed length: local days. */
  private readonly lengthMs: number;
  private start = NaN;
  private fromMicros = Infinity;
  private toMicros = -Infinity;

  constructor(private readonly grain: Grain) {
    this.lengthMs = lengthOf(grain) ?? 0;
  }

  /** Milliseconds of the start of the window that holds the timestamptz written at `at`. */
  startAt(bytes: DataView, at: number): number {
    const micros = bytes.getInt32(at) * 4_294_967_296 + bytes.getUint32(at + 4);
    if (micros >= this.fromMicros && micros < this.toMicros) return this.start;
    const ms = Math.floor(micros / 1_000) + EPOCH_2000_MS;
    let end: number;
    if (this.lengthMs > 0) {
      this.start = Math.floor(ms / this.lengthMs) * this.lengthMs;
      end = this.start + this.lengthMs;
    } else {
      const window = windowAt(this.grain, instant(ms));
      this.start = millis(window.start);
      end = millis(window.end);
    }
    this.fromMicros = (this.start - EPOCH_2000_MS) * 1_000;
    this.toMicros = (end - EPOCH_2000_MS) * 1_000;
    return this.start;
  }
}
