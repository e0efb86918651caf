import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cleaned } from '../../model';
import { cleaned, everyRecord, json, text } from '../../model';
import { WHOLE } from '../../model/time/window';
import { csvFiles, ndjsonFiles, parquetFiles } from '../../sources';
import { documents } from './badDocuments';
import { badFiles } from './badFiles';
import { cleanFile, referFile } from './cleanFile';

const FILES = { csv: csvFiles, ndjson: ndjsonFiles, parquet: parquetFiles };
const ofParquet = cleaned({
  name: 'types',
  columns: { whole: text().nullable(), list: json().nullable() },
  key: everyRecord(),
  extraFields: 'ignore',
});

/** Every reason that there is, by its words; a rule has its label. */
const REASONS =
  /^(not (JSON|a JSON object|text|an? \w+|a .*)|out of range for .*|null in a column that is not nullable|invalid UTF-8|NUL in (text|JSON)|lone surrogate.*|malformed quoting|\d+ fields instead of \d+|JSON (deeper|longer) than .*|number out of range in JSON|between\(n, -10, 10\)|not_null\(name\)|; )+( \(a record of \d+ bytes, the first 1048576 are kept\))?$/;

describe.each(['csv', 'ndjson', 'parquet'] as const)('bad files of %s', (kind) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-bad-files-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'file');
  const source = FILES[kind]({ path: file });
  const table: Cleaned = kind === 'parquet' ? ofParquet : documents;

  /** What the source hands over of a file. */
  async function read(bytes: Buffer): Promise<Buffer> {
    writeFileSync(file, bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of source.read((await source.list(WHOLE))[0]!)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  test.each(badFiles[kind].map(({ name, bytes }) => [name, bytes] as const))('%s', async (_, bytes) => {
    const cleanedFile = await read(bytes)
      .then((delivered) => cleanFile(table, source.format, delivered))
      .catch((error: unknown) => error as Error);
    if (cleanedFile instanceof Error) {
      expect(cleanedFile).toMatchObject({
        name: expect.stringMatching(/^(SourceUnreadable|ContractBroken)$/) as string,
        next: expect.any(String) as string,
      });
      expect(cleanedFile.message.length).toBeLessThan(1_500);
      expect(cleanedFile.message).not.toMatch(/cannot be read: (ERR_\w+|-?\d+)$/);
      return;
    }
    const { letters, records } = cleanedFile;
    for (const reason of new Set(letters.map((letter) => letter.reason))) expect(reason).toMatch(REASONS);
    const referred = await referFile(table, source.format, cleanedFile);
    expect(referred).toHaveLength(records);
    expect(referred.flatMap((one) => ('reason' in one ? [[one.record, one.reason]] : []))).toEqual(
      letters.map(({ record, reason }) => [record, reason]),
    );
  });
});
