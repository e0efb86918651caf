import { ndjsonFiles } from '../../sources';
import { describeSource } from '../../testing/describeSource';
import { brokenText } from './brokenText';

const file = Buffer.from('{"a": 1}\n\n{"a":"\\u0000 ✈"}\r\n{"a":');

describeSource('ndjsonFiles', {
  make: (path) => ndjsonFiles({ path }),
  file,
  delivers: file,
  broken: brokenText,
  big: () => Promise.resolve(Buffer.from('{"a":123456}\n'.repeat(300_000))),
});

test('ndjsonFiles hands over NDJSON', () => {
  expect(ndjsonFiles({ path: 'landing/{date}/{hour}.ndjson' })).toMatchObject({
    format: 'ndjson',
    describe: 'ndjson files landing/{date}/{hour}.ndjson',
    shared: false,
  });
});
