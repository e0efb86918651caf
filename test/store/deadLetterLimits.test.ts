import type { Pipeline } from '../../model';
import { cleaned, definePipeline, integer, timestamptz } from '../../model';
import type { PipelineDefinition } from '../../model/definition/pipeline';
import type { Window } from '../../model/time/window';
import { parseWindow } from '../../model/time/window';
import { compiled, windowFingerprint } from '../../store/ledger/fingerprint';
import { windowStatuses } from '../../store/ledger/windows';
import { planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

type Limits = Pick<PipelineDefinition, 'deadLetters' | 'allowEmpty'>;
const DAYS = ['2024-05-01', '2024-05-02'];
const ALL = { start: '2024-05-01T00:00:00Z', end: '2024-05-03T00:00:00Z' } as Window;

describe('limits on dead letters that changed', () => {
  let test_: TestDatabase;
  const files = new MemoryFiles();
  files.write('a.csv', `at,value\n${DAYS.map((day) => `${day}T01:00:00Z,1\n`).join('')}`);
  const readings = cleaned({
    name: 'readings',
    columns: { at: timestamptz(), value: integer().nullable() },
    key: ['at'],
    eventTime: 'at',
  });
  const sensors = (limits: Limits = {}): Pipeline =>
    definePipeline({
      ...{ name: 'sensors', description: 'readings', owners: ['lab@example.test'], source: files, window: '1d' },
      ...{ from: ALL.start as never, until: ALL.end as never, cleaned: readings, ...limits },
    });
  const planOf = async (limits?: Limits) => {
    const pipeline = sensors(limits);
    await ensureLayerTables(test_.database, [pipeline]);
    return (await planPipelines(test_.database, [pipeline], [pipeline], '2024-06-01T00:00:00Z'))[0]!;
  };
  const runAll = async (limits?: Limits, kind: 'run' | 'backfill' = 'run') => {
    const pipeline = sensors(limits);
    for (const day of DAYS)
      await new ActivityRunner(test_.database, [pipeline]).run(pipeline, parseWindow('1d', day), kind);
  };
  const staleOf = async (limits?: Limits) =>
    (await windowStatuses(test_.database, [sensors(limits)], sensors(limits), ALL)).map(({ stale }) => stale);
  beforeEach(async () => (test_ = await testDatabase([sensors()])));
  afterEach(() => test_.close());

  test('leave windows unchecked: the plan names them, and asking settles it', async () => {
    await runAll();
    const kind: Limits = { deadLetters: { errorAbove: '50 %' }, allowEmpty: true };
    const plan = await planOf(kind);
    expect(plan.windows).toMatchObject({ code: [], touched: [], checks: DAYS });
    expect(plan.changes).toEqual([
      {
        table: 'readings',
        what: [
          'check dead_letters(at most 50 %) is new',
          'check dead_letters(at most 20 %) is gone',
          'check not_emptied is gone',
        ],
      },
    ]);
    await runAll(kind, 'backfill');
    expect([await staleOf(kind), await staleOf()]).toEqual([
      [null, null],
      ['checks', 'checks'],
    ]);
  });

  test('are not those that were spelt out', () => {
    const spelt = sensors({ deadLetters: { warnAbove: '1 %', errorAbove: '20 %' }, allowEmpty: false });
    expect(compiled(spelt).checks).toEqual(compiled(sensors()).checks);
  });

  test.each<[string, Limits]>([
    ['20 %', {}],
    ['50 %', { deadLetters: { errorAbove: '50 %' } }],
  ])('a ledger in which no limits were recorded owes nothing, and is told from %s on', async (at, limits) => {
    await runAll(limits);
    const former = windowFingerprint(compiled(sensors()).checks!);
    await test_.database.query(`update weir.checks set checks = $1, parts = '{"readings": []}'`, [former]);
    await test_.database.query(`update weir.windows set checks = $1`, [former]);
    expect(await planOf(limits)).toMatchObject({ range: null, changes: [] });
    const { changes, windows } = await planOf({ deadLetters: { errorAbove: '9 %' } });
    expect(windows).toMatchObject({ checks: DAYS });
    const what = ['check dead_letters(at most 9 %) is new', `check dead_letters(at most ${at}) is gone`];
    expect(changes).toEqual([{ table: 'readings', what }]);
  });
});
