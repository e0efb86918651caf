import { randomBytes } from 'node:crypto';
import { notText } from '../../sources/notText';
import { brokenText } from './brokenText';

const hex = (text: string): Buffer =>
  Buffer.concat([Buffer.from(text, 'hex'), Buffer.from('whatever comes behind it')]);

describe('notText', () => {
  test.each([
    ['gzip', brokenText['gzip']!, /^gzip$/, /gunzip/],
    ['zstd', hex('28b52ffd'), /^zstd$/, /unzstd/],
    ['a workbook', hex('504b0304'), /zip archive \(or a workbook of Excel\)/, /export the sheet as CSV/],
    ['UTF-16', brokenText['UTF-16']!, /^UTF-16$/, /save it as UTF-8/],
    ['UTF-16 of the other end', brokenText['UTF-16, big endian']!, /^UTF-16$/, /save it as UTF-8/],
    [
      'UTF-16 without its mark',
      brokenText['UTF-16 without its mark']!,
      /^UTF-16 without its mark$/,
      /save it as UTF-8/,
    ],
    ['Parquet', brokenText['Parquet']!, /^Parquet$/, /parquetFiles/],
    ['random bytes', randomBytes(10_000), /^binary \(\d+ of its first 4096 bytes are control characters\)$/, /look at/],
  ])('knows %s, and what to do', (_, bytes, what, next) => {
    expect(notText(bytes)).toEqual({
      what: expect.stringMatching(what) as string,
      next: expect.stringMatching(next) as string,
    });
  });

  test.each([
    ['CSV', Buffer.from('id,name\n1,Zoë\n')],
    ['CSV with its mark', Buffer.from('\ufeffid,name\n1,a\n')],
    ['windows-1252', Buffer.from('id,name\n1,Zo\xeb\n'.repeat(99), 'latin1')],
    ['Japanese', Buffer.from('名前,番号\n東京,1\n')],
    ['a NUL in a record', Buffer.from('id,name\n1,a\0b\n')],
    ['one letter', Buffer.from('a')],
    ['blank lines', Buffer.from('\n\r\n')],
    ['what begins like a list', Buffer.from('[{"id":1}]')],
    ['escapes of a terminal', Buffer.from('id,name\n1,\x1b[1mbold\x1b[0m\n'.repeat(50))],
  ])('takes %s for text', (_, bytes) => {
    expect(notText(bytes)).toBeNull();
  });
});
