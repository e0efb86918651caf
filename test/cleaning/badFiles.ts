import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { brokenText } from '../sources/brokenText';

/** A whole file with a fault. */
export interface BadFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const GOOD = {
  csv: `id,n,name,doc\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 9},"a ""${i}"", zoë","{""k"":[${i}]}"\n`).join('')}`,
  ndjson: Array.from(
    { length: 40 },
    (_, i) => `{"id":${i},"n":${i % 9},"name":"zoë \\"${i}\\"","doc":{"k":[${i}]}}\n`,
  ).join(''),
};

/** The same faults in every run. @see Park and Miller, 1988 */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (state * 48_271) % 2_147_483_647) yield state;
}

function cutShort(bytes: Buffer, count: number): BadFile[] {
  return Array.from({ length: count }, (_, i) => {
    const length = Math.floor((bytes.length * i) / count);
    return { name: `cut at ${length}`, bytes: bytes.subarray(0, length) };
  });
}

function flipped(bytes: Buffer, count: number, from = 0): BadFile[] {
  const random = numbers(7);
  return Array.from({ length: count }, () => {
    const at = from + (random.next().value % (bytes.length - from));
    const copy = Buffer.from(bytes);
    copy[at] = copy[at]! ^ (1 + (random.next().value % 255));
    return { name: `byte ${at} is ${copy[at]}, not ${bytes[at]}`, bytes: copy };
  });
}

function textFiles(text: string, other: string): BadFile[] {
  const good = Buffer.from(text);
  const of = (name: string, bytes: string | Buffer): BadFile => ({ name, bytes: Buffer.from(bytes as string) });
  const lines = text.trimEnd().split('\n');
  const random = numbers(11);
  return [
    ...Object.entries(brokenText).map(([name, bytes]) => of(name, bytes)),
    ...cutShort(good, 20).slice(1),
    ...flipped(good, 40),
    of('gzip, cut short', gzipSync(good).subarray(0, 20)),
    of('deflated', deflateRawSync(good)),
    of('random bytes', Buffer.from(Array.from({ length: 50_000 }, () => random.next().value & 255))),
    of('random letters', Buffer.from(Array.from({ length: 50_000 }, () => 32 + (random.next().value % 95)))),
    of('a mark', Buffer.from('\ufeff')),
    of('a mark before it', `\ufeff${text}`),
    of('two marks', `\ufeff\ufeff${text}`),
    of('marks within', text.replaceAll('\n', '\n\ufeff')),
    of('latin-1', Buffer.from(text, 'latin1')),
    of('CR only', text.replaceAll('\n', '\r')),
    of('CRLF', text.replaceAll('\n', '\r\n')),
    of('LFCR', text.replaceAll('\n', '\n\r')),
    of('CRCRLF', text.replaceAll('\n', '\r\r\n')),
    of('mixed line ends', lines.map((line, i) => line + ['\n', '\r\n', '\r', '\n\n'][i % 4]).join('')),
    of('other line ends of Unicode', text.replaceAll('\n', '\u2028')),
    of('form feeds', text.replaceAll('\n', '\f\n')),
    of('no line end at all', lines.join(' ')),
    of('blank lines', '\n'.repeat(100_000)),
    of('lines of spaces', ' \t \n'.repeat(10_000)),
    of('spaces around', lines.map((line) => `  ${line}  \n`).join('')),
    of('its first line only', `${lines[0]}\n`),
    of('its first line twice', `${lines[0]}\n${text}`),
    of('without its first line', text.slice(lines[0]!.length + 1)),
    of('twice', text + text),
    of('of the other format', other),
    of('indented', lines.map((line) => `\t${line}\n`).join('')),
    of('NUL first', `\0${text}`),
    of('NUL last', `${text}\0`),
    of('NUL between', text.replaceAll(',', ',\0')),
    of('NUL for every space', text.replaceAll(' ', '\0')),
    of('NULs behind, as a full disk leaves them', Buffer.concat([good, Buffer.alloc(100_000)])),
    of('NULs before', Buffer.concat([Buffer.alloc(100_000), good])),
    of('commas at the ends', text.replaceAll('\n', ',\n')),
    of('semicolons', text.replaceAll(',', ';')),
    of('tabs', text.replaceAll(',', '\t')),
    of('single quotes', text.replaceAll('"', "'")),
    of('curly quotes', text.replaceAll('"', '\u201c')),
    of('no quotes', text.replaceAll('"', '')),
    of('a quote that never closes, early', text.replace('"', '""')),
    of('a quote that never closes, late', `${text}1,2,"open\n`),
    of('backslashes for quotes', text.replaceAll('""', '\\"')),
    of('a list', `[${lines.join(',')}]`),
    of('a pretty list', `[\n  ${lines.join(',\n  ')}\n]\n`),
    of('records of RFC 7464', lines.map((line) => `\x1e${line}\n`).join('')),
    of('comments', lines.map((line) => `# comment\n// comment\n${line}\n`).join('')),
    of('a page of an error', '<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n'),
    of('an error of a program', 'Traceback (most recent call last):\n  File "x.py", line 1\nKeyError: \'id\'\n'),
    of('conflict marks', text.replace('\n', '\n<<<<<<< HEAD\n=======\n>>>>>>> other\n')),
    of('a long line', `${lines[0]}\n${'x'.repeat(3_000_000)}\n${lines[1]}\n`),
    of('a line of commas', `${lines[0]}\n${','.repeat(3_000_000)}\n${lines[1]}\n`),
    of('a line of quotes', `${lines[0]}\n${'"'.repeat(3_000_001)}\n${lines[1]}\n`),
    of('a first line of commas', `${','.repeat(500_000)}\n${text}`),
    of('a first line of braces', `${'{'.repeat(2_000_000)}\n${text}`),
    of('quotes at the line ends', `${lines[0]}\n${'a,"\n'.repeat(20_000)}`),
    of('CR in the middle of nowhere', `${lines[0]}\n${'a\rb'.repeat(100_000)}\n`),
  ];
}

/** Whole files of CSV, NDJSON and Parquet with faults. */
export const badFiles = {
  csv: [
    ...textFiles(GOOD.csv, GOOD.ndjson),
    ...[
      'id,n,name,doc,doc\n',
      'id,n,name\n',
      'id,n,name,doc,more\n',
      'ID,N,NAME,DOC\n',
      'id;n;name;doc\n',
      'id,n,name,"doc\n',
      'id,,name,doc\n',
    ].map((header) => ({ name: `header ${header.trim()}`, bytes: Buffer.from(header + GOOD.csv.slice(14)) })),
  ],
  ndjson: [
    ...textFiles(GOOD.ndjson, GOOD.csv),
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'id'].map((field) => ({
      name: `with ${field}`,
      bytes: Buffer.from(GOOD.ndjson.replaceAll('"n"', `"${field}"`)),
    })),
  ],
  parquet: ((): BadFile[] => {
    const good = readFileSync(join(__dirname, '..', 'sources', 'fixtures', 'types.parquet'));
    const footer = good.length - 8 - good.readUInt32LE(good.length - 8);
    const footerOf = (length: number): BadFile => {
      const bytes = Buffer.from(good);
      bytes.writeUInt32LE(length, bytes.length - 8);
      return { name: `a footer of ${length}`, bytes };
    };
    return [
      ...cutShort(good, 20),
      ...flipped(good, 40),
      ...flipped(good, 80, footer),
      ...[0, 1, good.length, 2 ** 31, 2 ** 32 - 1].map(footerOf),
      {
        name: 'zeros in the middle',
        bytes: Buffer.concat([good.subarray(0, 400), Buffer.alloc(400), good.subarray(800)]),
      },
      { name: 'no pages', bytes: Buffer.concat([good.subarray(0, 4), good.subarray(footer)]) },
      { name: 'gzip', bytes: gzipSync(good) },
      { name: 'CSV', bytes: Buffer.from(GOOD.csv) },
      { name: 'Parquet as text', bytes: Buffer.from(good.toString('utf8')) },
    ];
  })(),
} as const;
