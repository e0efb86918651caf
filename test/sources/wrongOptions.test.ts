import { cleaned, definePipeline, everyRecord, integer, text } from '../../model';
import type { Columns } from '../../model';
import { csvFiles, parquetFiles } from '../../sources';
import type { FileOptions } from '../../sources/paths/fileOptions';

/** Options as somebody writes them who has not read the documentation, or writes JavaScript. */
const made = (options: object) => csvFiles(options as FileOptions);
const tills = (path: FileOptions['path'], columns: Columns) =>
  definePipeline({
    name: 'tills',
    description: 'what tills took',
    owners: ['tills@example.test'],
    source: csvFiles({ path }),
    window: 'whole',
    cleaned: cleaned({ name: 'tills', columns, key: everyRecord() }),
  });

test.each<[string, () => unknown, RegExp, RegExp]>([
  ['no options', () => csvFiles(undefined as never), /csvFiles: it has no options/, /csvFiles\(\{ path:/],
  ['no path', () => made({}), /path is undefined/, /landing\/\{date\}/],
  ['an empty path', () => made({ path: ' ' }), /path is " "/, /landing\/\{date\}/],
  ['no paths', () => made({ path: [] }), /path is \[\]/, /a list of paths/],
  ['a number among paths', () => made({ path: ['a.csv', 7] }), /path is 7/, /a path:/],
  ['a path twice', () => made({ path: ['a.csv', './a.csv'] }), /names "a.csv" twice/, /once/],
  ['a folder', () => made({ path: 'landing/' }), /path "landing\/" is a folder/, /"landing\/\*"/],
  [
    'a week',
    () => made({ path: 'in/{week}.csv' }),
    /path "in\/\{week\}.csv": unknown placeholder \{week\} \(\{date\}/,
    /\{store\} a variable/,
  ],
  [
    'a date in capitals',
    () => made({ path: 'in/{Date}.csv' }),
    /unknown placeholder \{Date\}.*did you mean \{date\}\?/,
    /mend the path/,
  ],
  ['dates', () => made({ path: 'in/{dates}.csv' }), /\{dates\}.*did you mean \{date\}\?/, /mend the path/],
  [
    'a range in braces',
    () => made({ path: 'in/{1..9}.csv' }),
    /\{1\.\.9\} is neither a placeholder .* nor alternatives/,
    /alternatives/,
  ],
  ['empty braces', () => made({ path: 'in/{}.csv' }), /\{\} is neither/, /mend the path/],
  ['folders as alternatives', () => made({ path: 'in/{a/b,c}.csv' }), /\{a\/b,c\} is neither/, /mend the path/],
  [
    'two variables without a border',
    () => made({ path: '{store}{till}.csv' }),
    /\{store\}\{till\}: nothing says where one ends/,
    /mend the path/,
  ],
  ['an hour of no day', () => made({ path: 'in/{hour}.csv' }), /\{hour\} without \{date\}/, /mend the path/],
  ['a way up behind a glob', () => made({ path: 'in/*/../x.csv' }), /goes up \(\.\.\) behind/, /where it leads/],
  [
    'bzip2',
    () => made({ path: 'in/{date}.csv.bz2' }),
    /path "in\/\{date\}\.csv\.bz2" is bzip2, which is not read/,
    /bunzip2.*\.gz.*\.zst/,
  ],
  ['a tar archive in gzip', () => made({ path: 'in/*.tar.gz' }), /is a tar archive/, /tar -xf/],
  ['a number for settle', () => made({ path: 'a', settle: 2 }), /settle is 2/, /'2m'/],
  ['words for settle', () => made({ path: 'a', settle: '2 minutes' }), /settle is "2 minutes"/, /'30s' or '2m'/],
  [
    'a marker elsewhere',
    () => made({ path: 'a', marker: 'done/_SUCCESS' }),
    /marker is "done\/_SUCCESS"/,
    /same folder/,
  ],
  ['any file as a marker', () => made({ path: 'a', marker: '*' }), /marker is "\*"/, /_SUCCESS/],
  ['a missing of its own', () => made({ path: 'a', missing: 'skip' }), /missing is "skip"/, /'empty', 'fail', 'wait'/],
  [
    'a misspelt option',
    () => made({ path: 'a', setle: '2m' }),
    /unknown option "setle"/,
    /path, settle, marker, missing, decompress/,
  ],
  [
    'a bound that there is not',
    () => made({ path: 'a', decompress: { ratio: 7 } }),
    /decompress has no "ratio"/,
    /maxBytes, maxRatio/,
  ],
  [
    'a bound in words',
    () => made({ path: 'a', decompress: { maxBytes: '2GB' } }),
    /decompress\.maxBytes is "2GB"/,
    /in bytes/,
  ],
  [
    'a bound of nothing',
    () => made({ path: 'a', decompress: { maxRatio: 0 } }),
    /decompress\.maxRatio is 0/,
    /from 1 on/,
  ],
  [
    'decompress for Parquet',
    () => parquetFiles({ path: 'a', decompress: {} } as never),
    /parquetFiles: unknown option "decompress"/,
    /eventTime|its options/,
  ],
  [
    'a variable that no column reads',
    () => tills('in/{store}.csv', { n: integer() }),
    /no column reads \{store\} of the path in\/\{store\}\.csv.*text\(\)\.path\('store'\)/,
    /pipelines\/tills\.ts/,
  ],
  [
    'a column of a placeholder that there is not',
    () => tills('in/{store}.csv', { n: integer(), s: text().path('shop'), t: text().path('store') }),
    /column s is read from \{shop\}, which the path in\/\{store\}\.csv has not \(\{store\}\)/,
    /weir check/,
  ],
  [
    'one that some paths lack',
    () => tills(['in/{store}.csv', 'other.csv'], { s: text().path('store') }),
    /the path other\.csv has not.*\.nullable\(\)/,
    /weir check/,
  ],
  [
    'a column of a field and of the path',
    () => tills('in/{store}.csv', { s: text().from('s').path('store') }),
    /column s is read from a field \(s\) and from the path \(store\)/,
    /weir check/,
  ],
])('%s: the field, the value and what to write are named', (_, make, message, next) => {
  expect(make).toThrow(
    expect.objectContaining({
      name: 'DefinitionInvalid',
      message: expect.stringMatching(message) as string,
      next: expect.stringMatching(next) as string,
    }) as Error,
  );
});
