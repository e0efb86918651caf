import { copyIn } from '../../store/postgres/copy';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { ROW, badDocuments as all, documents } from './badDocuments';
import { cleanFile, referFile } from './cleanFile';

describe('bad documents', () => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
    await test_.database.query(
      `create table documents (id bigint, n integer, name text, doc jsonb, name_again text, _delivery integer, _record integer)`,
    );
  });
  afterAll(() => test_.close());

  test('are 300 and more', () => expect(all.length).toBeGreaterThanOrEqual(300));

  // Ten at a time: PostgreSQL is asked once for all of them.
  const groups = Array.from({ length: Math.ceil(all.length / 10) }, (_, i) => all.slice(i * 10, i * 10 + 10));
  test.each(groups.map((group, i) => [i, group[0]!.name, group] as const))(
    'each is a row or a dead letter with a true reason: %i, from %s on',
    async (_, __, group) => {
      for (const { format, name, record, becomes } of group) {
        const before = format === 'csv' ? 'id,n,name,doc\n2,,before,\n' : '{"id":2,"name":"before"}\n';
        const after = format === 'csv' ? '\n3,,after,\n' : '\n{"id":3,"name":"after"}\n';
        // A lost quote swallows what stands behind it; alone, it is the last of its file.
        const alone = format === 'csv' && /never closes/.test(name);
        const bytes = Buffer.concat([
          Buffer.from(before),
          Buffer.from(record as string),
          Buffer.from(alone ? '' : after),
        ]);
        const file = await cleanFile(documents, format, bytes);
        const reasons = file.letters.map((letter) => [letter.record, letter.reason]);
        const long = Buffer.byteLength(record) > 1_048_576 && !becomes.includes('a record of') && becomes !== ROW;
        const reason = long
          ? `${becomes} (a record of ${Buffer.byteLength(record)} bytes, the first 1048576 are kept)`
          : becomes;
        expect([name, reasons]).toEqual([name, becomes === ROW ? [] : [[1, reason]]]);
        expect(file.records).toBe(alone ? 2 : 3);
        const referred = await referFile(documents, format, file);
        expect(referred.flatMap((one) => ('reason' in one ? [[one.record, one.reason]] : []))).toEqual(reasons);
        const rows = await test_.database.tx((tx) =>
          copyIn(tx, 'copy documents (id, n, name, doc, name_again, _delivery, _record) from stdin (format binary)', [
            file.copy,
          ]),
        );
        expect([name, rows]).toEqual([name, file.records - file.letters.length]);
        expect(
          await test_.database.query('select from documents where name is distinct from name_again limit 1'),
        ).toEqual([]);
        await test_.database.query('truncate documents');
      }
    },
    120_000,
  );
});
