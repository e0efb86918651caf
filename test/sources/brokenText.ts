import { gzipSync } from 'node:zlib';

const TEXT = 'id,name\r\n1,Zoë\r\n2,Bo\r\n';
const utf16 = Buffer.from(TEXT, 'utf16le');

/** Files that are no text in UTF-8, by what they are. */
export const brokenText: Readonly<Record<string, Buffer>> = {
  'an empty file': Buffer.alloc(0),
  gzip: gzipSync(TEXT),
  'UTF-16': Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
  'UTF-16, big endian': Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]),
  'UTF-16 without its mark': utf16,
  Parquet: Buffer.from('PAR1\x15\x04'),
  'a PNG image': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  'a program': Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(200)]),
};
