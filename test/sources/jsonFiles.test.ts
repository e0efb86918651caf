import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { cleaned, definePipeline, text, timestamptz } from '../../model';
import { parseWindow } from '../../model/time/window';
import { jsonFiles } from '../../sources';
import { elementsOf } from '../../sources/json/elements';
import { ActivityRunner } from '../../testing/activityRunner';
import { testDatabase } from '../../testing/testDatabase';

const cut = async (document: string, records?: string, chunk = 7): Promise<string> => {
  const bytes = Buffer.from(document);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
    bytes.subarray(i * chunk, (i + 1) * chunk),
  );
  const out: Buffer[] = [];
  for await (const piece of elementsOf('a.json', Readable.from(chunks) as AsyncIterable<Buffer>, records))
    out.push(piece);
  return Buffer.concat(out).toString();
};

describe('the elements of a list in a JSON document', () => {
  test('are lines: what JSON.parse finds, however the document is laid out and cut', async () => {
    const elements = fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        elements,
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
        fc.constantFrom(undefined, 'features', 'a"b\\é'),
        fc.constantFrom(undefined, 2, '\t'),
        fc.integer({ min: 1, max: 40 }),
        async (list, others, records, indent, chunk) => {
          const before = Object.fromEntries(Object.entries(others).filter(([name]) => name !== records));
          const document = records === undefined ? list : { ...before, [records]: list, '~': [{ [records]: [9] }] };
          const lines = await cut(JSON.stringify(document, null, indent), records, chunk);
          expect(lines.endsWith('\n')).toBe(true);
          const found = lines.split('\n').slice(0, -1);
          expect(list.length === 0 ? found : found.map((line) => JSON.parse(line) as unknown)).toEqual(
            list.length === 0 ? [''] : list.map((one) => JSON.parse(JSON.stringify(one)) as unknown),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of a document cut anywhere are an error', async () => {
    const document = JSON.stringify({ type: 'x', features: [{ a: '[{"' }, 1, 'é'], end: { b: [] } });
    for (let length = 0; length < document.length; length++)
      await expect(cut(document.slice(0, length), 'features')).rejects.toMatchObject({ name: 'SourceUnreadable' });
  });

  test.each([
    ['{"type": 1, "data": []}', 'features', '"features" is not in it', 'it has "type", "data"'],
    ['{"features": {}}', 'features', '"features" is no list', 'mend'],
    ['[1]', 'features', 'it is no object with "features"', 'mend'],
    ['{"a": [1]}', undefined, 'it is no list', "records: 'features'"],
    ['{"a": 1}\n{"a": 2}', undefined, 'it is no list', 'features'],
    ['[1] [2]', undefined, 'something behind its end', 'ndjsonFiles'],
    ['[1,,2]', undefined, 'an element of the list is missing', 'mend'],
    ['[1,]', undefined, 'an element of the list is missing', 'mend'],
    ['[{"a": 1]', undefined, '] closes what is not open', 'mend'],
    ['["a\nb"]', undefined, 'a line break inside a text', '\\n'],
    ['{"features": [1], "features": [2]}', 'features', '"features" is there twice', 'mend'],
    ['   ', undefined, 'it holds nothing', '[]'],
  ])('%s read by %s: %s', async (document, records, problem, next) => {
    await expect(cut(document, records)).rejects.toMatchObject({
      message: expect.stringContaining(problem) as string,
      next: expect.stringContaining(next) as string,
    });
  });

  test('become rows, and other records of the same file take their place', async () => {
    const drops = mkdtempSync(path.join('.weir', 'test', 'json-'));
    const at = '2024-05-01T01:00:00Z';
    writeFileSync(
      path.join(drops, '2024-05-01.json'),
      JSON.stringify({ features: [{ at, id: 'a' }, { at, id: 'b' }, 7], others: [{ at, id: 'c' }] }, null, 2),
    );
    const points = cleaned({
      name: 'points',
      columns: { at: timestamptz(), id: text() },
      key: ['id', 'at'],
      eventTime: 'at',
    });
    const pipeline = (records: string) =>
      definePipeline({
        ...{ name: 'points', description: 'points', owners: ['lab@example.test'], window: '1d', from: '2024-05-01' },
        source: jsonFiles({ path: `${drops}/{date}.json`, records }),
        ...{ cleaned: points, curated: [], publish: [], deadLetters: { errorAbove: '100 %' } },
      });
    const db = await testDatabase([pipeline('features')]);
    try {
      const ids = async (records: string): Promise<string> => {
        const one = pipeline(records);
        await new ActivityRunner(db.database, [one]).run(one, parseWindow('1d', '2024-05-01'));
        const rows = await db.database.query<{ id: string }>(
          `select id from weir_cleaned.points where _live order by 1`,
        );
        return rows.map(({ id }) => id).join(' ');
      };
      expect(await ids('features')).toBe('a b');
      const letters = await db.database.query(`select reason from weir.dead_letters`);
      expect(letters).toHaveLength(1);
      expect(await ids('others')).toBe('c');
    } finally {
      await db.close();
    }
  });

  test.each([[''], [7]])('records: %j is refused', (records) => {
    expect(() => jsonFiles({ path: 'a.json', records: records as string })).toThrow(/jsonFiles: records is/);
  });
});
