import type { Pipeline } from '../../model';
import { cleaningText } from '../../model/compile/fingerprint';
import { historyOf } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { parseWindow, windowName, zoneOf } from '../../model/time/window';
import { compiled, fingerprint, windowFingerprint } from '../../store/ledger/fingerprint';
import { statusCounts } from '../../store/standing/statusCounts';
import { windowStatuses } from '../../store/ledger/windows';
import type { Database } from '../../store/postgres/database';
import { accountFor } from '../../store/proof/accounting';
import { digestByWindow, digestOfTable } from '../../store/proof/tableDigests';
import { verifyRange } from '../../store/proof/verify';
import { planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import type { EarlierLedger } from '../setup/earlierLedger';
import { earlierLedger } from '../setup/earlierLedger';

/** The same function as three compilers print it; a1c96b4 took its fingerprint of the text. */
const PRINTED = {
  swc: "(field)=>field === 'NA' ? null : field",
  esbuild: '(field) => field === "NA" ? null : field',
  tsc: "(field) => (field === 'NA' ? null : field)",
};

/** The fingerprint of `prices` and what it stands for, as a1c96b4 took it of code that some compiler had printed. */
function formerPrices(prices: Pipeline, printed: string): { code: string; parts: string } {
  const parts = JSON.parse(cleaningText(prices.cleaned, prices.window)) as { columns: unknown[][]; origins?: string };
  delete parts.origins;
  const columns = parts.columns.map((facts) => facts.map((fact) => (fact === 'na-is-null@1' ? printed : fact)));
  const text = JSON.stringify({ ...parts, columns });
  return { code: fingerprint(text), parts: text };
}

/** Rewrites the ledger's `prices` as if its workers had been compiled by another compiler. */
async function asPrintedBy(database: Database, prices: Pipeline, printed: string): Promise<void> {
  const [swc, other] = [formerPrices(prices, PRINTED.swc), formerPrices(prices, printed)];
  const change = (statement: string, values: unknown[]) => database.query(statement, values);
  await change(`update weir.segments set cleaned_by = $2 where cleaned_by = $1`, [swc.code, other.code]);
  await change(`update weir.windows set code = $2 where pipeline = 'prices' and code = $1`, [
    windowFingerprint({ prices: swc.code }),
    windowFingerprint({ prices: other.code }),
  ]);
  await change(`update weir.definitions set code = $2, parts = $3 where code = $1`, [
    swc.code,
    other.code,
    other.parts,
  ]);
}

describe('a ledger of a1c96b4', () => {
  let earlier: EarlierLedger;
  let database: Database;
  const named = (name: string): Pipeline => earlier.register.find((pipeline) => pipeline.name === name)!;
  const now = (): Instant => earlier.expected.now as Instant;
  const plans = () => planPipelines(database, earlier.register, earlier.register, now());
  const upgrade = () => ensureLayerTables(database, earlier.register);
  beforeEach(async () => {
    earlier = await earlierLedger();
    ({ database } = earlier);
  });
  afterEach(() => earlier.close());

  /** What it said of a window, in the words of now: local days were called by their start in UTC. */
  const renamed = <T>(pipeline: Pipeline, said: T): T =>
    zoneOf(pipeline.window) === null
      ? said
      : (JSON.parse(
          JSON.stringify(said).replaceAll(
            /\b(\d{4}-\d{2}-\d{2}T\d{2})"/g,
            (_, name: string) => `${windowName(parseWindow(pipeline.window, name))}"`,
          ),
        ) as T);

  test('owes what it owed, and nothing for the way fingerprints are taken', async () => {
    await upgrade();
    for (const plan of await plans()) {
      const pipeline = named(plan.pipeline);
      const said = renamed(pipeline, earlier.expected.pipelines[plan.pipeline]!);
      expect(plan).toEqual({
        ...said.plan,
        windows: { ...said.plan.windows, target: [], checks: [] },
        cost: plan.cost && {
          ...(said.plan as { cost?: object }).cost,
          fromMs: expect.any(Number),
          toMs: expect.any(Number),
        },
        ...{ notes: [], targets: [], formerTargets: [], foreign: [], moved: null },
        calendar: { staged: [], replacing: 0 },
        outside: { rows: 0, of: expect.any(Number) },
      });
      expect(await windowStatuses(database, earlier.register, pipeline, historyOf(pipeline, now()))).toEqual(
        said.standings.map((standing) => ({ ...standing, accepted: null })),
      );
      expect(await statusCounts(database, earlier.register, pipeline, now())).toEqual({
        ...said.tally,
        unchecked: 0,
        foreign: 0,
        staged: 0,
        accepted: 0,
      });
    }
  });

  test('holds the same rows, and verify finds what it found', async () => {
    await upgrade();
    for (const pipeline of earlier.register) {
      const said = renamed(pipeline, earlier.expected.pipelines[pipeline.name]!);
      expect(await accountFor(database, pipeline)).toEqual({ ...said.accounting, outside: 0 });
      const tables = [
        ...[pipeline.cleaned, ...pipeline.curated].map((table) => ({ table, target: undefined })),
        ...pipeline.publish.flatMap((sink) =>
          sink.in === 'publish' ? [{ table: sink.table, target: sink.relation }] : [],
        ),
      ];
      for (const { table, target } of tables) {
        const name = target ?? `${table.layer}.${table.tableName}`;
        expect((await digestOfTable(database, table, target, null)).digest).toBe(said.digests[name]);
        const byWindow = await digestByWindow(database, pipeline, table, target);
        expect(Object.fromEntries(byWindow.map(({ start, digest }) => [start, digest]))).toEqual(said.byWindow[name]);
      }
      const { compared, missing } = await verifyRange(
        database,
        earlier.register,
        pipeline,
        historyOf(pipeline, now()),
        () => undefined,
      );
      const called = (one: { table: string; window: string }): string => `${one.table} ${one.window}`;
      expect(compared.filter((one) => one.equal).map(called)).toEqual(said.verify.equal);
      expect(
        compared
          .filter((one) => !one.equal && one.owed === null)
          .map((one) => ({
            ...{ of: called(one), stored: one.stored, recomputed: one.recomputed },
            differing: [...one.differing].sort(),
          })),
      ).toEqual(said.verify.wrong);
      expect(missing).toBe(said.verify.missing);
    }
  });

  test('is brought up once: the second time changes nothing', async () => {
    await upgrade();
    const rows = () =>
      database.query(
        `select 'window' as what, w.xmin::text as version, pipeline as name from weir.windows w
          union all select 'segment', s.xmin::text, delivery::text from weir.segments s
          union all select 'definition', d.xmin::text, code from weir.definitions d
          union all select 'checks', c.xmin::text, checks from weir.checks c
          order by 1, 3, 2`,
      );
    const before = await rows();
    await upgrade();
    expect(await rows()).toEqual(before);
  });

  test('has the fingerprint that a1c96b4 took of the text that swc had printed', () => {
    const { code, windowCode } = earlier.expected.pipelines['prices']!;
    expect(formerPrices(named('prices'), PRINTED.swc).code).toBe(code['prices']);
    expect(windowFingerprint(code)).toBe(windowCode);
    expect(compiled(named('prices')).code['prices']).not.toBe(code['prices']);
  });

  test.each(Object.entries(PRINTED))(
    'whose workers %s had compiled owes nothing and notes nothing',
    async (_, printed) => {
      await asPrintedBy(database, named('prices'), printed);
      await upgrade();
      const [, prices] = await plans();
      expect(prices).toMatchObject({ pipeline: 'prices', range: null, changes: [], notes: [], clean: { segments: 0 } });
    },
  );

  test('whose parser read otherwise gets a note: the name was given to another text', async () => {
    await asPrintedBy(database, named('prices'), "(field)=>field === 'N/A' ? null : field");
    await upgrade();
    const [, prices] = await plans();
    expect(prices).toMatchObject({
      range: null,
      notes: [{ table: 'prices', what: ['column price: same name na-is-null@1, other text'] }],
    });
  });

  test('whose cleaning was otherwise still owes it', async () => {
    await database.query(
      `update weir.definitions set parts = jsonb_set(parts, '{columns,0,1}', '"integer"') where table_name = 'prices'`,
    );
    await upgrade();
    const [, prices] = await plans();
    expect(prices).toMatchObject({ windows: { code: ['whole'] }, clean: { segments: 1 } });
    expect(prices!.changes[0]!.what).toContain('column sku: integer false sku - -> text false sku -');
  });
});
