import { EPOCH_2000_MS } from './calendar';

/** What every binary COPY begins with: signature, flags, no header extension; and what ends it. */
export const COPY_SIGNATURE = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

/** A row for a binary COPY from fields that are bytes already. */
export function binaryRow(fields: readonly (Buffer | null)[]): Buffer[] {
  const parts: Buffer[] = [];
  const head = Buffer.alloc(2);
  head.writeInt16BE(fields.length);
  parts.push(head);
  for (const field of fields) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(field ? field.length : -1);
    parts.push(length);
    if (field) parts.push(field);
  }
  return parts;
}

/** Fields of a binary COPY. */
export const int4 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
/** A timestamptz from the start of a window: an instant, or `-infinity`. */
export const timestamp = (start: string): Buffer => {
  const bytes = Buffer.alloc(8);
  const never = -(2n ** 63n);
  bytes.writeBigInt64BE(start === '-infinity' ? never : BigInt(Date.parse(start) - EPOCH_2000_MS) * 1_000n);
  return bytes;
};
export const utf8 = (value: string): Buffer => Buffer.from(value, 'utf8');
