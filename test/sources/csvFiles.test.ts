import { csvFiles } from '../../sources';
import { describeSource } from '../../testing/describeSource';
import { brokenText } from './brokenText';

// Whatever lies in the file is handed over: the quotes, the CRLF, the byte that is no UTF-8, the missing last line break.
const file = Buffer.concat([Buffer.from('a,b\r\n1,"x\n""y"""\r\n2,'), Buffer.from([0xff])]);

// With its mark it is read.
const broken = Object.fromEntries(
  Object.entries(brokenText).filter(([what]) => !['UTF-16', 'UTF-16, big endian'].includes(what)),
);

describeSource('csvFiles', {
  make: (path) => csvFiles({ path }),
  file,
  delivers: file,
  broken,
  big: () => Promise.resolve(Buffer.from(`a,b\n${'123,some text\n'.repeat(300_000)}`)),
});

test('csvFiles hands over CSV', () => {
  expect(csvFiles({ path: 'landing/sales-{date}.csv' })).toMatchObject({
    format: 'csv',
    describe: 'csv files landing/sales-{date}.csv',
    shared: false,
  });
});

test('a device is no file', async () => {
  const source = csvFiles({ path: '/dev/null' });
  await expect(source.list({ start: '-infinity', end: 'infinity' })).rejects.toThrow(/no regular file/);
});
