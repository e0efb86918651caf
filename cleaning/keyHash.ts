import { Output } from './output';

/** How many keys are looked up together, in one tight loop: the processor then waits for several places in memory at once. */
const TOGETHER = 512;

/**
 * Finds keys that came before by a 32-bit hash, at 11 to 22 bytes a record. A hit is a possible duplicate (one in ten thousand by chance):
 * whether two records really share their key is decided by SQL, exactly, so that no collision can ever drop a row.
 * 120 ms a million keys, a Map of texts 560 (docs/decisions/0003).
 */
export class KeyHash {
  // Open addressing. A place: the hash, and the record's number plus one (0: empty).
  private places: Int32Array;
  private size = 0;
  private readonly pending = new Int32Array(TOGETHER * 2);
  private pendingEnd = 0;
  private readonly found: number[] = [];
  private readonly parts = new Output(1_024);

  /** Room for `expected` records without growing, which would look at every place again. */
  constructor(expected: number) {
    this.places = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2 * TOGETHER, expected * 1.45))) * 2);
  }

  /** Records that may share a key with another: each whose hash came before, and the last record that had that hash. */
  get possibleDuplicates(): readonly number[] {
    this.lookUp();
    return this.found;
  }

  /** Notes the key that lies in [start, end) of `bytes` as `record`'s. */
  note(bytes: DataView, start: number, end: number, record: number): void {
    let hash = end - start;
    let at = start;
    // MurmurHash3 (Appleby, 2011), 32 bits: four bytes a step.
    for (; at + 4 <= end; at += 4) {
      const mixed = Math.imul(bytes.getInt32(at, true), 0xcc9e2d51);
      hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    for (; at < end; at++) hash = Math.imul(hash ^ bytes.getUint8(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    const { pending, pendingEnd } = this;
    pending[pendingEnd] = hash ^ (hash >>> 16);
    pending[pendingEnd + 1] = record + 1;
    this.pendingEnd = pendingEnd + 2;
    if (this.pendingEnd === pending.length) this.lookUp();
  }

  /** Notes a key of several parts, `keys` of those that begin at `starts`. */
  noteParts(bytes: Buffer, starts: readonly number[], keys: readonly number[], record: number): void {
    const { parts } = this;
    parts.at = 0;
    for (const key of keys) {
      const from = starts[key]!;
      const to = starts[key + 1]!;
      parts.room(to - from);
      bytes.copy(parts.bytes, parts.at, from, to);
      parts.at += to - from;
    }
    this.note(parts.view, 0, parts.at, record);
  }

  private lookUp(): void {
    const { pending, pendingEnd, found } = this;
    if ((this.size + TOGETHER) * 2 > this.places.length * 0.7) this.grow();
    const { places } = this;
    const mask = places.length - 1;
    for (let i = 0; i < pendingEnd; i += 2) {
      const hash = pending[i]!;
      let at = (hash << 1) & mask;
      let record: number;
      while ((record = places[at + 1]!) !== 0 && places[at] !== hash) at = (at + 2) & mask;
      if (record === 0) {
        places[at] = hash;
        this.size++;
      } else found.push(record - 1, pending[i + 1]! - 1);
      places[at + 1] = pending[i + 1]!;
    }
    this.pendingEnd = 0;
  }

  private grow(): void {
    const former = this.places;
    const places = (this.places = new Int32Array(former.length * 2));
    const mask = places.length - 1;
    for (let from = 0; from < former.length; from += 2) {
      if (former[from + 1] === 0) continue;
      let at = (former[from]! << 1) & mask;
      while (places[at + 1] !== 0) at = (at + 2) & mask;
      places[at] = former[from]!;
      places[at + 1] = former[from + 1]!;
    }
  }
}
