const NOTHING = Buffer.alloc(0);

/** Bytes of rows in PostgreSQL's binary COPY format, growing as needed; whoever writes a record first asks for room. */
export class Output {
  bytes: Buffer;
  /** Over the same bytes: a word of four is one read of it. */
  view: DataView;
  at = 0;

  constructor(private readonly chunkBytes: number) {
    this.bytes = Buffer.allocUnsafe(chunkBytes + 8_192);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for `more` bytes. */
  room(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + more));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
    this.view = viewOf(larger);
  }

  get full(): boolean {
    return this.at >= this.chunkBytes;
  }

  /** What was written since the last take. */
  take(): Buffer {
    if (this.at === 0) return NOTHING;
    const taken = this.bytes.subarray(0, this.at);
    this.bytes = Buffer.allocUnsafe(this.chunkBytes + 8_192);
    this.view = viewOf(this.bytes);
    this.at = 0;
    return taken;
  }

  int16(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >> 8;
    bytes[at + 1] = value;
    this.at = at + 2;
  }

  int32(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.at = at + 4;
  }

  /** A field of four bytes, its length before it. */
  field32(value: number): void {
    this.int32(4);
    this.int32(value);
  }

  /** A field of eight bytes from a whole number within 2^53. */
  field64(value: number): void {
    const high = Math.floor(value / 4_294_967_296);
    this.int32(8);
    this.int32(high);
    this.int32(value - high * 4_294_967_296);
  }

  fieldBig(value: bigint): void {
    this.int32(8);
    this.bytes.writeBigInt64BE(value, this.at);
    this.at += 8;
  }

  fieldDouble(value: number): void {
    this.int32(8);
    // PostgreSQL says -0 = 0; a hash of bytes would not.
    this.bytes.writeDoubleBE(value === 0 ? 0 : value, this.at);
    this.at += 8;
  }

  /** JSON text as jsonb takes it: the version of its binary form, then the text. */
  fieldJson(source: Buffer, start: number, end: number): void {
    this.int32(end - start + 1);
    this.bytes[this.at++] = 1;
    source.copy(this.bytes, this.at, start, end);
    this.at += end - start;
  }

  fieldBytes(source: Buffer, start: number, end: number): void {
    this.int32(end - start);
    source.copy(this.bytes, this.at, start, end);
    this.at += end - start;
  }

  fieldText(text: string): void {
    this.room(text.length * 3 + 4);
    const length = this.bytes.write(text, this.at + 4, 'utf8');
    this.int32(length);
    this.at += length;
  }
}

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);
