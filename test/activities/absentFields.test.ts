import { cleanSample } from '../../cleaning/cleanSample';
import type { Pipeline } from '../../model';
import { bigint, cleaned, definePipeline, text } from '../../model';
import { WHOLE } from '../../model/time/window';
import { noteLines } from '../../scripts/terminal/notes';
import { AbsentFields } from '../../store/inflow/absentFields';
import type { DeliveryFacts } from '../../store/ledger/segments';
import { runReport } from '../../store/reports/runReport';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const nameFrom = (field: string) => text().nullable().from(field);

function feed(name: ReturnType<typeof nameFrom>): { pipeline: Pipeline; files: MemoryFiles } {
  const files = new MemoryFiles('ndjson');
  const items = cleaned({ name: 'items', columns: { id: bigint(), name }, key: ['id'], extraFields: 'ignore' });
  const pipeline = definePipeline({
    ...{ name: 'feed', description: 'items', owners: ['feed@example.test'], source: files },
    ...{ window: 'whole', schedule: 'manual', cleaned: items },
  });
  return { pipeline, files };
}

describe('a field that no record has', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  /** Runs the feed over each of these files; what is told of it each time. */
  async function told({ pipeline, files }: ReturnType<typeof feed>, ...texts: string[]): Promise<string[][]> {
    test_ = await testDatabase([pipeline]);
    const all: string[][] = [];
    for (const bytes of texts) {
      files.write('feed.ndjson', bytes);
      await new ActivityRunner(test_.database, [pipeline]).run(pipeline, WHOLE);
      all.push(noteLines(await runReport(test_.database, pipeline.name, WHOLE.start)));
    }
    return all;
  }
  const NOTE = (field: string, column = 'name'): string =>
    `note: no record of feed.ndjson has the field "${field}", which column ${column} reads: is its name right?`;
  const good = '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n';

  test('is told at the first delivery, and at each that has it nowhere; not where nothing was cleaned', async () => {
    expect(await told(feed(nameFrom('nmae')), good, good, `${good}{"id":3}\n`)).toEqual([
      [NOTE('nmae')],
      [],
      [NOTE('nmae')],
    ]);
  });

  test('is none where any record has it, null or not', async () => {
    expect(await told(feed(nameFrom('name')), good, '{"id":1}\n{"id":2,"name":null}\n')).toEqual([[], []]);
  });

  test('holds the window where its column may not be null, and is told all the same', async () => {
    const { pipeline, files } = feed(text().from('nmae') as never);
    expect(await told({ pipeline, files }, good)).toEqual([[NOTE('nmae')]]);
    expect(await test_.database.query('select state from weir.windows')).toEqual([{ state: 'held' }]);
  });

  test('is nothing that anybody knows of where no record can be read, or none is', async () => {
    expect(await told(feed(nameFrom('nmae')), '[1]\nx\n', '\n')).toEqual([[], []]);
  });

  test('is told of a sample', async () => {
    const { pipeline, files } = feed(nameFrom('nmae'));
    test_ = await testDatabase([pipeline]);
    files.write('feed.ndjson', good);
    const [offer] = await files.list();
    expect(await cleanSample(pipeline, files.read(offer!))).toMatchObject({
      absent: [{ column: 'name', field: 'nmae' }],
    });
  });
});

test('over the batches of a delivery a field is absent where each lacks it, and unknown where others cleaned some', () => {
  const batch = (firstRecord: number, endRecord: number, ...fields: string[]) => ({
    batch: { delivery: 1, fromOrdinal: 0, toOrdinal: 1, firstRecord, endRecord, replaces: false },
    absent: fields.map((field) => ({ column: field, field })),
  });
  const of = (...batches: ReturnType<typeof batch>[]) => {
    const absent = new AbsentFields();
    for (const one of batches) absent.add({ id: 1, records: 30 } as DeliveryFacts, one);
    return absent.columns.map(({ column }) => column);
  };
  expect(of(batch(0, 30, 'a', 'b'))).toEqual(['a', 'b']);
  expect(of(batch(0, 10, 'a', 'b'), batch(10, 30, 'b', 'c'))).toEqual(['b']);
  expect(of(batch(10, 30, 'a', 'b'))).toEqual([]);
  expect(of()).toEqual([]);
});
