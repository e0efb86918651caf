import type { ColumnType } from '../model/definition/column';
import { EPOCH_2000_MS } from './calendar';
import { shownBytes } from './rejection';

/** The value of a field as it was written, [start, end) with its length in the first four bytes, for people: as text of its type. */
export function writtenValue(type: ColumnType, bytes: Buffer, start: number, end: number): string | null {
  const at = start + 4;
  if (bytes.readInt32BE(start) === -1) return null;
  switch (type) {
    case 'integer':
      return String(bytes.readInt32BE(at));
    case 'bigint':
      return String(bytes.readBigInt64BE(at));
    case 'float':
      return String(bytes.readDoubleBE(at));
    case 'boolean':
      return String(bytes[at] === 1);
    case 'date':
      return new Date(EPOCH_2000_MS + bytes.readInt32BE(at) * DAY_MS).toISOString().slice(0, 10);
    case 'timestamptz':
      return moment(bytes.readBigInt64BE(at));
    case 'uuid':
      return bytes.toString('hex', at, end).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'numeric':
      return decimal(bytes, at);
    case 'json':
      // Its first byte is the version of its binary form.
      return shownBytes(bytes, at + 1, end);
    case 'text':
      return shownBytes(bytes, at, end);
  }
}

const DAY_MS = 86_400_000;

function moment(micros: bigint): string {
  const fraction = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n);
  const whole = new Date(Number((micros - BigInt(fraction)) / 1_000n) + EPOCH_2000_MS).toISOString();
  return fraction === 0 ? whole.replace('.000Z', 'Z') : whole.replace('000Z', `${String(fraction).padStart(6, '0')}Z`);
}

// Groups of four digits: how many, the weight of the first, the sign, how many digits behind the point, the groups.
function decimal(bytes: Buffer, at: number): string {
  const [count, weight] = [bytes.readInt16BE(at), bytes.readInt16BE(at + 2)];
  const scale = bytes.readInt16BE(at + 6);
  const group = (place: number): string =>
    String(place >= 0 && place < count ? bytes.readInt16BE(at + 8 + place * 2) : 0).padStart(4, '0');
  let whole = '';
  for (let place = 0; place <= weight; place++) whole += group(place);
  let fraction = '';
  for (let place = weight + 1; fraction.length < scale; place++) fraction += group(place);
  const sign = bytes.readUInt16BE(at + 4) === 0 ? '' : '-';
  return `${sign}${whole.replace(/^0+/, '') || '0'}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
}
