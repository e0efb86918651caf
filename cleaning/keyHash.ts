// A place: low and high half of the hash, record number plus one (0: empty), event time; side by side, so that a look-up is one cache line.
const STRIDE = 4;

/** Records whose key's hash was met before, and those that had met it (every pair of a chain is in), with their event times. */
export interface Candidates {
  readonly records: number[];
  /** Whole seconds after 2000-01-01, by which the index finds the rows; 0 where the table has no event time. */
  readonly seconds: number[];
  /** False when an event time lies outside the 136 years that 32 bits of seconds hold: `seconds` then says nothing. */
  timed: boolean;
}

/**
 * Finds keys met before by a 64-bit hash, at about 27 to 54 bytes a record. A hit is a candidate: whether two records really share their key is
 * decided by SQL, exactly, so that no collision can ever drop a row. Open addressing: 0.19 s a million keys, a Map of texts 0.56 s (docs/decisions/0003).
 */
export class KeyHash {
  readonly candidates: Candidates = { records: [], seconds: [], timed: true };
  private capacity: number;
  private places: Int32Array;
  private size = 0;

  /** Room for `expected` records without growing, which would look at every place again. */
  constructor(expected: number) {
    this.capacity = 2 ** Math.ceil(Math.log2(Math.max(1_024, expected * 1.7)));
    this.places = new Int32Array(this.capacity * STRIDE);
  }

  /** Notes the key that lies in [start, end) of `bytes` as `record`'s, whose event time is `seconds` after 2000-01-01. */
  note(bytes: Buffer, start: number, end: number, record: number, seconds: number): void {
    if (seconds !== (seconds | 0)) this.candidates.timed = false;
    let low = end - start;
    let high = 0x9747b28c | 0;
    let at = start;
    // Four bytes a step, two multiplications each (after MurmurHash3, Appleby 2011).
    for (; at + 4 <= end; at += 4) {
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      low = Math.imul(low ^ word, 0x85ebca6b);
      low ^= low >>> 15;
      high = Math.imul((high ^ (high >>> 13)) + word, 0xc2b2ae35);
    }
    for (; at < end; at++) {
      low = Math.imul(low ^ bytes[at]!, 0x01000193);
      high = Math.imul(high + bytes[at]!, 0x5bd1e995);
    }
    this.place(low ^ (low >>> 16), high ^ (high >>> 16), record, seconds);
  }

  private place(low: number, high: number, record: number, seconds: number): void {
    const { places } = this;
    let at = slot(low, high, this.capacity);
    while (places[at + 2] !== 0) {
      if (places[at] === low && places[at + 1] === high) {
        this.candidates.records.push(places[at + 2]! - 1, record);
        this.candidates.seconds.push(places[at + 3]!, seconds);
        places[at + 2] = record + 1;
        places[at + 3] = seconds;
        return;
      }
      at = (at + STRIDE) & (this.capacity * STRIDE - 1);
    }
    places[at] = low;
    places[at + 1] = high;
    places[at + 2] = record + 1;
    places[at + 3] = seconds;
    if (++this.size > this.capacity * 0.6) this.grow();
  }

  private grow(): void {
    const former = this.places;
    this.capacity *= 2;
    const places = (this.places = new Int32Array(this.capacity * STRIDE));
    for (let from = 0; from < former.length; from += STRIDE) {
      if (former[from + 2] === 0) continue;
      let at = slot(former[from]!, former[from + 1]!, this.capacity);
      while (places[at + 2] !== 0) at = (at + STRIDE) & (this.capacity * STRIDE - 1);
      places[at] = former[from]!;
      places[at + 1] = former[from + 1]!;
      places[at + 2] = former[from + 2]!;
      places[at + 3] = former[from + 3]!;
    }
  }
}

const slot = (low: number, high: number, capacity: number): number =>
  ((Math.imul(low ^ high, 0x9e3779b1) >>> 8) & (capacity - 1)) * STRIDE;
