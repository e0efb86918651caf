import { between, unique } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import type { GateCheck } from '../../model/definition/check';
import type { Window } from '../../model/time/window';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { owesRun, pageBackfill } from '../../store/ledger/backfills';
import { compiled, fingerprint, windowFingerprint } from '../../store/ledger/fingerprint';
import { statusCounts } from '../../store/standing/statusCounts';
import { windowStatuses } from '../../store/ledger/windows';
import { verifyRange } from '../../store/proof/verify';
import { planHash, planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv } from '../setup/sensors';

const NOW = '2024-06-01T00:00:00Z';
const DAYS = ['2024-05-01', '2024-05-02', '2024-05-03'];
const ALL = { start: '2024-05-01T00:00:00Z', end: '2024-05-04T00:00:00Z' } as Window;

type Daily = GateCheck<{ day: string; sensor: string; readings: number; total: bigint | null }>;
const AT_MOST_5: Daily = between('readings', 1, 5);
const AT_MOST_2: Daily = between('readings', 1, 2);

let test_: TestDatabase;
let files: MemoryFiles;

/** Sensors by day and by week, with these checks on days. */
function sensors(checks: readonly Daily[]): Pipeline {
  const readings = cleaned({
    name: 'readings',
    columns: {
      at: timestamptz(),
      sensor: text().parse('lower-case@1', (field) => field?.toLowerCase() ?? null),
      value: integer().nullable(),
      revision: integer().nullable(),
    },
    key: ['at', 'sensor'],
    eventTime: 'at',
  });
  const daily = curated({
    name: 'daily',
    columns: { day: date(), sensor: text(), readings: integer(), total: bigint().nullable() },
    key: ['day', 'sensor'],
    checks,
    select: ({ window }) => sql`
      select (r.at at time zone 'utc')::date as day, r.sensor, count(*) as readings, sum(r.value) as total
        from ${readings} r
       where ${window.covers('r.at')}
       group by 1, 2`,
  });
  const rolling = curated({
    name: 'rolling',
    columns: { day: date(), total: bigint().nullable() },
    key: ['day'],
    select: ({ window }) => sql`
      select (${window.start} at time zone 'utc')::date as day, sum(d.total)::bigint as total
        from ${daily} d
       where ${window.covers('d.day', { before: '2d' })}`,
  });
  return definePipeline({
    ...{ name: 'sensors', description: 'readings', owners: ['lab@example.test'], source: files, window: '1d' },
    ...{ from: ALL.start as never, until: ALL.end as never, cleaned: readings, curated: [daily, rolling] },
    publish: [postgresTable(daily, 'marts.daily')],
  });
}

const planOf = async (pipeline: Pipeline) => {
  await ensureLayerTables(test_.database, [pipeline]);
  return (await planPipelines(test_.database, [pipeline], [pipeline], NOW))[0]!;
};
const staleOf = async (pipeline: Pipeline) =>
  (await windowStatuses(test_.database, [pipeline], pipeline, ALL)).map(({ stale }) => stale);
const runAll = async (pipeline: Pipeline, kind: 'run' | 'backfill' = 'run') => {
  const outcomes = [];
  for (const day of DAYS)
    outcomes.push(await new ActivityRunner(test_.database, [pipeline]).run(pipeline, parseWindow('1d', day), kind));
  return outcomes;
};
const backfillOf = (pipeline: Pipeline) => ({
  ...{ plan: compiled(pipeline), range: ALL, which: 'owed' as const, kind: 'backfill' as const },
  ...{ newestFirst: false, width: 1, maxFailedShare: 1 },
});

beforeEach(async () => {
  files = new MemoryFiles();
  test_ = await testDatabase([sensors([AT_MOST_5])]);
  files.write(
    'a.csv',
    readingsCsv(
      ...DAYS.map((day) => `${day}T01:00Z North 3 1`),
      ...[2, 3, 4].map((hour) => `2024-05-02T0${hour}:00Z north 1 1`),
    ),
  );
});
afterEach(() => test_.close());

describe('windows published under other checks', () => {
  const before = (): Pipeline => sensors([AT_MOST_5]);
  const definitions = () => ({ register: [before()], pipeline: before() });
  const stricter = (): Pipeline => sensors([AT_MOST_2, unique('day', 'sensor').warn()]);
  const kinder = (): Pipeline => sensors([between('readings', 1, 9)]);

  test('are unchecked, not stale: a line of the plan, with its cost, that names the checks', async () => {
    await runAll(before());
    const plan = await planOf(stricter());
    expect(plan.windows).toMatchObject({ code: [], touched: [], checks: DAYS });
    expect(plan).toMatchObject({ range: ALL, clean: { segments: 0 }, cost: { rows: expect.any(Number) as number } });
    expect(plan.changes).toEqual([
      {
        table: 'daily',
        what: [
          'check between(readings, 1, 2) is new',
          'check unique(day, sensor) is new',
          'check between(readings, 1, 5) is gone',
        ],
      },
    ]);
    expect(await staleOf(stricter())).toEqual(['checks', 'checks', 'checks']);
    expect(await statusCounts(test_.database, [stricter()], stricter(), NOW)).toMatchObject({ stale: 0, unchecked: 3 });
    expect(planHash([plan], [stricter()], [])).not.toBe(planHash([await planOf(before())], [before()], []));
  });

  test('owe a backfill a run each, until it was asked', async () => {
    await runAll(before());
    const order = backfillOf(kinder());
    expect((await pageBackfill(test_.database, definitions(), backfillOf(before()), 0, null, 9)).windows).toBe(0);
    expect((await pageBackfill(test_.database, definitions(), order, 0, null, 9)).spans).toEqual([ALL]);
    await runAll(kinder(), 'backfill');
    expect(await owesRun(test_.database, definitions(), order, 0, ALL)).toBe(false);
    expect(await planOf(kinder())).toMatchObject({ range: null, changes: [] });
    // A plan of before checks had a fingerprint asks for nothing on their account.
    const plan = { ...order.plan, checks: undefined };
    expect(await owesRun(test_.database, definitions(), { ...backfillOf(before()), plan }, 0, ALL)).toBe(false);
  });

  test('are asked as they stand: no select runs, nothing is written', async () => {
    await runAll(before());
    // Were a select to run, it would read this.
    await test_.database.query('update weir_cleaned.readings set value = 1000');
    const outcomes = await runAll(kinder(), 'backfill');
    expect(outcomes.map(({ state, written }) => [state, written])).toEqual(DAYS.map(() => ['published', 0]));
    expect(await staleOf(kinder())).toEqual([null, null, null]);
    expect(
      await test_.database.query(`select distinct check_name from weir.check_results where epoch > 3 order by 1`),
    ).toEqual(
      [
        'between(readings, 1, 9)',
        'dead_letters(at most 1 %)',
        'dead_letters(at most 20 %)',
        'key(day)',
        'key(day, sensor)',
        'not_emptied',
        'not_nullable(day)',
        'not_nullable(day, sensor, readings)',
      ].map((check_name) => ({ check_name })),
    );
    // Asked for by name, it computes.
    expect((await runAll(kinder(), 'run')).map(({ written }) => written > 0)).toEqual([true, true, true]);
  });

  test('that do not pass are held: readers keep what they see, and the plan says so', async () => {
    await runAll(before());
    const outcomes = await runAll(stricter(), 'backfill');
    expect(outcomes.map(({ state }) => state)).toEqual(['published', 'held', 'published']);
    expect(outcomes[1]!.gate!.failed).toMatchObject([{ check: 'between(readings, 1, 2)', rows: 1 }]);
    expect((await planOf(stricter())).windows).toMatchObject({ held: ['2024-05-02'], checks: [] });
    expect(await test_.database.query('select sum(readings)::int as readings from marts.daily')).toEqual([
      { readings: 6 },
    ]);
    expect(await test_.database.query('select from weir_stage.daily')).toEqual([]);
  });

  test('and touched since are computed', async () => {
    await runAll(before());
    files.write('b.csv', readingsCsv('2024-05-01T09:00Z north 4 1'));
    await runAll(kinder(), 'backfill');
    expect(await test_.database.query(`select total::int from curated.daily order by day`)).toEqual(
      [7, 6, 3].map((total) => ({ total })),
    );
  });

  test('and changed by somebody since are computed: asking as they stand would bless it', async () => {
    await runAll(before());
    await test_.database.query(`update weir_curated.daily set total = 7 where day = '2024-05-03'`);
    await runAll(kinder(), 'backfill');
    const { compared } = await verifyRange(test_.database, [kinder()], kinder(), ALL, () => undefined);
    expect(compared.filter(({ equal }) => !equal)).toEqual([]);
  });

  test('are no excuse for other rows: verify calls a difference wrong', async () => {
    await runAll(before());
    await test_.database.query(`update weir_curated.daily set total = 7 where day = '2024-05-03'`);
    await planOf(kinder());
    const { compared } = await verifyRange(test_.database, [kinder()], kinder(), ALL, () => undefined);
    expect(compared.filter(({ equal }) => !equal).map(({ table, window, owed }) => [table, window, owed])).toEqual([
      ['weir_curated.daily', '2024-05-03', null],
      // What its gate says is told beside, and no excuse.
      ['checks', 'range', 'unchecked: published under other checks'],
    ]);
  });

  test('that two workers asked with different checks stay unchecked', async () => {
    const [old, now] = [before(), kinder()].map((pipeline) => new ActivityRunner(test_.database, [pipeline]));
    const claim = await old!.claim(before(), parseWindow('1d', DAYS[0]!));
    await old!.call('ingest', { claim, step: 1 });
    for (const [i, table] of ['readings', 'daily', 'rolling'].entries())
      await (i === 1 ? now! : old!).call('refresh', { claim, step: i + 2, table });
    await old!.call('publish', { claim, step: 5 });
    expect((await staleOf(before()))[0]).toBe('checks');
  });
});

test('a ledger of unnamed parsers and unnoted checks owes nothing for it, window by window', async () => {
  const pipeline = sensors([AT_MOST_5]);
  const { database } = test_;
  await runAll(pipeline);
  // As code up to a1c96b4 left it: the parser's text in the fingerprint, no checks; the first day by another select of `daily`.
  const [present] = await database.query<{ code: string; parts: { columns: unknown[][] } }>(
    `select code, parts from weir.definitions where table_name = 'readings'`,
  );
  const columns = present!.parts.columns.map((facts) =>
    facts.map((fact) => (fact === 'lower-case@1' ? '(field)=>field?.toLowerCase() ?? null' : fact)),
  );
  const parts = JSON.stringify({ ...present!.parts, columns });
  const former = fingerprint(parts);
  await database.query(`update weir.definitions set parsers = null`);
  await database.query(`update weir.definitions set code = $1, parts = $2 where table_name = 'readings'`, [
    former,
    parts,
  ]);
  await database.query(`update weir.segments set cleaned_by = $1`, [former]);
  await database.query(`update weir.lineage set inputs = replace(inputs::text, $1, $2)::jsonb`, [
    present!.code,
    former,
  ]);
  await database.query(`delete from weir.checks`);
  const code = { ...compiled(pipeline).code, readings: former };
  await database.query(`update weir.windows set checks = null, code = $1`, [windowFingerprint(code)]);
  await database.query(`update weir.published set code = 'another' where table_name = 'daily' and window_start = $1`, [
    ALL.start,
  ]);
  await database.query(`update weir.windows set code = $2 where window_start = $1`, [
    ALL.start,
    windowFingerprint({ ...code, daily: 'another' }),
  ]);
  const plan = await planOf(pipeline);
  expect(plan.windows).toMatchObject({ code: [DAYS[0]], checks: [], touched: [], missing: [] });
  expect(plan).toMatchObject({ clean: { segments: 0 }, notes: [] });
  expect(plan.changes.map(({ table }) => table)).toEqual(['daily']);
  // That select's window too is of the present cleaning now.
  expect(await database.query(`select code from weir.windows where window_start = $1`, [ALL.start])).toEqual([
    { code: windowFingerprint({ ...compiled(pipeline).code, daily: 'another' }) },
  ]);
  expect(
    await database.query(`select distinct inputs -> 0 ->> 'code' as code from weir.lineage where table_name = 'daily'`),
  ).toEqual([{ code: compiled(pipeline).code['readings'] }]);
  // And what changes from now on is seen.
  expect((await planOf(sensors([AT_MOST_2]))).windows).toMatchObject({ checks: DAYS.slice(1) });
});
