import { acceptedValues } from '../../checks';
import type { Pipeline } from '../../model';
import { cleaned, date, definePipeline, integer, text } from '../../model';
import type { Cleaned } from '../../model/definition/table';
import { WHOLE } from '../../model/time/window';
import { compiled, fingerprint, windowFingerprint } from '../../store/ledger/fingerprint';
import { planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const items = (more: Partial<Cleaned> = {}, columns: Cleaned['columns'] = {}): Cleaned =>
  ({
    ...cleaned({ name: 'items', columns: { id: text(), n: integer().nullable(), ...columns }, key: ['id'] }),
    ...more,
  }) as Cleaned;

describe('a ledger whose records were read as they are not any more', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  /** What is planned for a pipeline whose segments and windows an earlier version cleaned, which had this dead letter. */
  async function planOf(format: 'csv' | 'ndjson', table: Cleaned, letter?: { column: string; value: string }) {
    const files = new MemoryFiles(format);
    files.write('a', format === 'csv' ? 'id,n\na,1\n' : '{"id":"a","n":1}\n');
    const pipeline: Pipeline = definePipeline({
      ...{ name: 'items', description: 'items', owners: ['shop@example.test'], source: files, window: 'whole' },
      cleaned: table,
    });
    test_ = await testDatabase([pipeline]);
    const { database } = test_;
    await new ActivityRunner(database, [pipeline]).run(pipeline, WHOLE);
    const [now] = await database.query<{ parts: object }>(`select parts from weir.definitions`);
    const parts = { ...now!.parts };
    if ('reading' in parts) {
      delete parts.reading;
      const former = fingerprint(JSON.stringify(parts));
      await database.query(`update weir.definitions set code = $1, parts = $2`, [former, JSON.stringify(parts)]);
      await database.query(`update weir.segments set cleaned_by = $1`, [former]);
      await database.query(`update weir.windows set code = $1`, [windowFingerprint({ items: former })]);
    }
    if (letter)
      await database.query(
        `insert into weir.dead_letters (pipeline, delivery, record, window_start, column_name, reason, value, bytes)
         select 'items', id, 7, '-infinity', $1, 'not an integer', $2, '' from weir.deliveries`,
        [letter.column, letter.value],
      );
    const plan = async () => {
      await ensureLayerTables(database, [pipeline]);
      const [of] = await planPipelines(database, [pipeline], [pipeline], '2024-06-01T00:00:00Z');
      return { segments: of!.clean.segments, changes: of!.changes.flatMap(({ what }) => what) };
    };
    const first = await plan();
    // The second start says what the first said.
    expect(await plan()).toEqual(first);
    if (first.segments > 0) {
      await new ActivityRunner(database, [pipeline]).run(pipeline, WHOLE);
      expect(await plan()).toEqual(NOTHING);
    }
    expect(await database.query('select distinct cleaned_by from weir.segments')).toEqual([
      { cleaned_by: compiled(pipeline).code['items'] },
    ]);
    return first;
  }
  const NOTHING = { segments: 0, changes: [] };
  const told = (what: string) => ({ segments: 1, changes: [`records are read otherwise: ${what}`] });

  test('owes nothing where no record is concerned', async () => {
    expect(await planOf('ndjson', items())).toEqual(NOTHING);
  });
  test('nor for dead letters of other values', async () => {
    expect(await planOf('ndjson', items(), { column: 'n', value: 'x' })).toEqual(NOTHING);
  });
  test('nor in CSV, which was read so before', async () => {
    expect(await planOf('csv', items(), { column: 'n', value: '' })).toEqual(NOTHING);
  });
  test('is told of empty text that was no number, where it holds any', async () => {
    expect(await planOf('ndjson', items(), { column: 'n', value: '' })).toEqual(
      told('"" in a column that is not text is nothing'),
    );
  });
  test('is told of parsers that are given null for empty text now', async () => {
    const parsed = integer()
      .nullable()
      .parse('as-is@1', (value) => value);
    expect((await planOf('ndjson', items({}, { m: parsed }))).changes).toEqual([
      expect.stringContaining('a parser of a column that is not text is given null for ""'),
    ]);
  });
  test('is told of several columns of one field', async () => {
    expect((await planOf('ndjson', items({}, { also: text().nullable().from('id') }))).changes).toEqual([
      expect.stringContaining('several columns read one field'),
    ]);
  });
  test('is told of accepted days, decimals and uuids, in CSV too', async () => {
    const checks = [acceptedValues('day', ['2024-05-01']).deadLetter()];
    const table = items({ checks }, { day: date().nullable().from('n') });
    expect(await planOf('csv', table)).toEqual(told('accepted values are compared as their column has them'));
  });
});
