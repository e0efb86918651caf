import type { PublishSink } from '../../model';
import type { Curated } from '../../model/definition/table';
import { parseWindow } from '../../model/time/window';
import { publishedTables } from '../../store/proof/accounting';
import { digestOfTable } from '../../store/proof/tableDigests';
import { verifyRange } from '../../store/proof/verify';
import { writeDifference } from '../../store/refresh/writeDifference';
import { planPipelines } from '../../store/reports/owed';
import { explainDefinitions } from '../../store/schema/explain';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ensureWindowTable } from '../../store/schema/windowTable';
import { ActivityRunner } from '../../testing/activityRunner';
import { describeSink } from '../../testing/describeSink';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');

/** A table that says of each row when it was last written: not ours, and the store knows nothing of it. */
function stampedTable(table: Curated, relation: string): PublishSink {
  const ownColumns = { loaded_at: 'timestamptz not null default clock_timestamp()', loaded_by: 'bigint' };
  const home = { table, relation, ownColumns };
  return {
    kind: 'stampedTable',
    in: 'publish',
    name: relation,
    ...home,
    ensure: (tx) => ensureWindowTable(tx, home),
    async write(tx, staged) {
      const written = await writeDifference(tx, home, staged);
      await tx.run(`update ${relation} set loaded_by = $1 where loaded_by is null`, [staged.epoch]);
      return written;
    },
  };
}

describeSink('stampedTable', { make: stampedTable });

test('a kind that the store has never heard of is published, digested, planned and verified', async () => {
  const { curated, cleaned } = sensors().pipeline;
  const lab = sensors({
    more: { cleaned, curated, publish: [stampedTable(curated[0]!, 'marts.stamped')] },
  });
  const { pipeline, files } = lab;
  const test_ = await testDatabase([pipeline]);
  try {
    const { database } = test_;
    const runner = new ActivityRunner(database, [pipeline]);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1', '2024-05-01T02:00Z south 4 1'));
    await runner.run(pipeline, DAY1);
    files.write('b.csv', readingsCsv('2024-05-01T03:00Z south 4 1'));
    // One row in two tables: curated and the sink's.
    expect(await runner.run(pipeline, DAY1)).toMatchObject({ state: 'published', rows: 2, written: 2 });
    const stamps = await database.query(`select sensor, loaded_by from marts.stamped order by sensor`);
    expect(stamps).toEqual([
      { sensor: 'north', loaded_by: '1' },
      // Changed in place: what the sink keeps beside the row stays.
      { sensor: 'south', loaded_by: '1' },
    ]);

    await ensureLayerTables(database, [pipeline]);
    expect(await explainDefinitions(database, [pipeline])).toEqual([]);
    const [plan] = await planPipelines(database, [pipeline], [pipeline], '2024-05-02T00:00:00Z');
    expect(plan).toMatchObject({ reshapes: [], changes: [], range: null });
    const { digest } = await digestOfTable(database, curated[0]!, undefined, DAY1);
    expect(await digestOfTable(database, curated[0]!, 'marts.stamped', DAY1)).toEqual({ rows: 2, digest });
    expect(await publishedTables(database, pipeline, 1)).toMatchObject([{ name: 'marts.stamped', rows: 2, digest }]);

    const proven = async (): Promise<string[]> =>
      (await verifyRange(database, [pipeline], pipeline, DAY1, () => undefined)).compared
        .filter(({ equal }) => !equal)
        .map(({ table }) => table);
    expect(await proven()).toEqual([]);
    await database.query(`update marts.stamped set total = 5 where sensor = 'south'`);
    expect(await proven()).toEqual(['marts.stamped']);
  } finally {
    await test_.close();
  }
});
