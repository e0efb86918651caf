import { cleanSample } from '../../cleaning/cleanSample';
import type { Pipeline } from '../../model';
import { cleaned, curated, date, definePipeline, bigint, integer, json, sql, text, timestamptz } from '../../model';
import type { FieldContract } from '../../model/definition/contract';
import type { Format } from '../../model/definition/source';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { sampleGate } from '../../scripts/session/sampleGate';
import { driftLines } from '../../scripts/terminal/notes';
import { driftOf } from '../../store/contract/drift';
import { addColumns } from '../../store/schema/addDropColumns';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');

type Fields = Readonly<Record<string, string | number>>;
const ten = (day: number, more: Fields = {}): Fields[] =>
  Array.from({ length: 10 }, (_, n) => ({ at: `2024-05-0${day}T01:00:00Z`, id: `${day}-${n}`, value: n, ...more }));

const WRITTEN: Readonly<Record<Format, (records: readonly Fields[]) => string>> = {
  ndjson: (records) => records.map((record) => `${JSON.stringify(record)}\n`).join(''),
  csv: (records) =>
    [Object.keys(records[0]!), ...records.map((record) => Object.values(record))]
      .map((fields) => `${fields.join(',')}\n`)
      .join(''),
};

function feed(files: MemoryFiles, contract: FieldContract, more: object = {}): Pipeline {
  const events = cleaned({
    name: 'events',
    columns: { at: timestamptz(), id: text(), value: integer().nullable(), ...more },
    key: ['at', 'id'],
    eventTime: 'at',
    ...contract,
  });
  const daily = curated({
    name: 'daily',
    columns: { day: date(), total: bigint().nullable() },
    key: ['day'],
    select: ({ window }) => sql`
      select (e.at at time zone 'utc')::date as day, sum(e.value) as total
        from ${events} e
       where ${window.covers('e.at')}
       group by 1`,
  });
  return definePipeline({
    ...{ name: 'feed', description: 'events by day', owners: ['feed@example.test'], source: files, window: '1d' },
    from: '2024-05-01T00:00:00Z',
    ...{ cleaned: events, curated: [daily], publish: [postgresTable(daily, 'marts.daily')] },
  });
}

describe.each(['ndjson', 'csv'] as const)('fields of %s that the contract does not know', (format) => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  /** Two good days are published; then the file becomes `records`, and day 1 runs. */
  async function after(records: readonly Fields[], contract: FieldContract) {
    const files = new MemoryFiles(format);
    const pipeline = feed(files, contract);
    test_ = await testDatabase([pipeline]);
    const run = (day: typeof DAY1, of = pipeline) => new ActivityRunner(test_.database, [of]).run(of, day);
    files.write(`feed.${format}`, WRITTEN[format]([...ten(1), ...ten(2)]));
    for (const day of [DAY1, DAY2]) await run(day);
    files.write(`feed.${format}`, WRITTEN[format](records));
    return { files, run, outcome: await run(DAY1) };
  }
  const published = (): Promise<unknown[]> =>
    test_.database.query(`select day::text, total from marts.daily order by 1`);
  const letters = async (): Promise<number> => (await test_.database.query(`select from weir.dead_letters`)).length;
  const FORMER = [
    { day: '2024-05-01', total: '45' },
    { day: '2024-05-02', total: '45' },
  ];
  const FIVES = FORMER.map(({ day }) => ({ day, total: '50' }));
  const withCoupon = [...ten(1, { value: 5, coupon: 'x' }), ...ten(2, { value: 5, coupon: 'x' })];

  test('deadLetter: records with it are set aside, and the gate keeps what readers have', async () => {
    const { outcome, run } = await after(withCoupon, {});
    expect(outcome).toMatchObject({ state: 'held', gate: { table: 'events' } });
    expect((await run(DAY2)).state).toBe('held');
    expect(await published()).toEqual(FORMER);
    expect(await letters()).toBe(20);
    expect(
      await test_.database.query('select reason, window_start::date::text as day from weir.dead_letters limit 1'),
    ).toEqual([{ reason: 'field coupon is not in the contract', day: '2024-05-01' }]);
  });

  test('deadLetter: the first file of all is held as well: an empty window is no fact', async () => {
    const files = new MemoryFiles(format);
    const pipeline = feed(files, {});
    test_ = await testDatabase([pipeline]);
    files.write(`feed.${format}`, WRITTEN[format](withCoupon));
    expect(await new ActivityRunner(test_.database, [pipeline]).run(pipeline, DAY1)).toMatchObject({ state: 'held' });
  });

  test('refuse: one record with it holds every window of the file, and the line to paste opens them', async () => {
    const records = [...ten(1, { value: 5 }), ...ten(2, { value: 5 })];
    // A CSV header says it of all.
    const found = format === 'csv' ? withCoupon : [...records.slice(0, 19), { ...records[19]!, coupon: 'x' }];
    const { outcome, run, files } = await after(found, { newField: 'refuse' });
    expect(outcome).toMatchObject({ state: 'held', gate: { failed: [{ check: 'new_field', severity: 'error' }] } });
    expect(driftLines(await driftOf(test_.database, 'feed', DAY1.start))).toEqual([
      expect.stringMatching(
        /^note: (1 record|20 records) with the field "coupon", which no column reads \(.*\): add coupon: text\(\)\.nullable\(\),$/,
      ),
    ]);
    expect(outcome.gate!.failed[0]!.saw).toBe(
      `"coupon" in ${format === 'csv' ? '20 records' : '1 record'} of feed.${format}: add coupon: text().nullable(),`,
    );
    const [offer] = await files.list();
    const sampled = sampleGate(
      feed(files, { newField: 'refuse' }),
      await cleanSample(feed(files, { newField: 'refuse' }), files.read(offer!)),
    );
    expect(sampled).toMatchObject({
      closed: true,
      refused: [expect.stringMatching(/^"coupon" in .* add coupon: text/)],
    });
    expect((await run(DAY2)).state).toBe('held');
    expect(await published()).toEqual(FORMER);
    expect(await letters()).toBe(0);
    const mended = feed(files, { newField: 'refuse' }, { coupon: text().nullable() });
    await addColumns(test_.database, [mended]);
    for (const day of [DAY1, DAY2]) expect((await run(day, mended)).state).toBe('published');
    expect(await driftOf(test_.database, 'feed', null)).toEqual([]);
    expect(await published()).toEqual(FIVES);
  });

  test('refuse: windows that only the former file filled are held as well', async () => {
    const { run } = await after(ten(1, { coupon: 'x' }), { newField: 'refuse' });
    // Besides being empty, of which the gate on dead letters would tell.
    const { state, gate } = await run(DAY2);
    expect([state, gate!.failed.map(({ check }) => check)]).toEqual(['held', ['not_emptied', 'new_field']]);
    expect(await published()).toEqual(FORMER);
  });

  test('refuse: the good file again opens the gate', async () => {
    const { run, files } = await after(withCoupon, { newField: 'refuse' });
    files.write(`feed.${format}`, WRITTEN[format]([...ten(1, { value: 5 }), ...ten(2, { value: 5 })]));
    for (const day of [DAY1, DAY2]) expect((await run(day)).state).toBe('published');
    expect(await published()).toEqual(FIVES);
  });

  test('ignore: it is as if it were not there', async () => {
    const { outcome, run } = await after(withCoupon, { newField: 'ignore' });
    expect(outcome.state).toBe('published');
    await run(DAY2);
    expect(await published()).toEqual(FIVES);
    expect(await test_.database.query('select from weir.new_fields')).toEqual([]);
  });

  test('keep: nothing is lost, and a column that is written later is filled back to day one', async () => {
    const files = new MemoryFiles(format);
    const pipeline = feed(files, {}, { rest: json().rest() });
    test_ = await testDatabase([pipeline]);
    const run = (day: typeof DAY1, of: Pipeline) => new ActivityRunner(test_.database, [of]).run(of, day);
    files.write(`feed.${format}`, WRITTEN[format](withCoupon));
    for (const day of [DAY1, DAY2]) expect((await run(day, pipeline)).state).toBe('published');
    expect(await published()).toEqual(FIVES);
    const kept = `select distinct rest::text as rest, rest ->> 'coupon' as coupon from weir_cleaned.events`;
    expect(await test_.database.query(kept)).toEqual([{ rest: '{"coupon": "x"}', coupon: 'x' }]);
    const promoted = feed(files, { newField: 'keep' }, { rest: json().rest(), coupon: text().nullable() });
    await addColumns(test_.database, [promoted]);
    expect((await run(DAY1, promoted)).state).toBe('published');
    const moved = `select coupon, rest::text as rest, count(*)::int as n from weir_cleaned.events group by 1, 2`;
    expect(await test_.database.query(moved)).toEqual([{ coupon: 'x', rest: '{}', n: 20 }]);
  });

  const without = [...ten(1), ...ten(2)].map(({ at, id }) => ({ at: at!, id: id! }));

  test('missingField null: a field that no record has is NULL', async () => {
    const { outcome } = await after(without, { missingField: 'null' });
    expect(outcome.state).toBe('published');
    expect((await published())[0]).toEqual({ day: '2024-05-01', total: null });
  });

  test('missingField refuse: a file without it moves nothing that readers see', async () => {
    const trial = after(without, { missingField: 'refuse' });
    if (format === 'csv') await expect(trial).rejects.toThrow(/"value" is missing/);
    else {
      const { outcome, run, files } = await trial;
      expect(outcome).toMatchObject({
        state: 'held',
        gate: { failed: [{ check: 'missing_field', saw: 'no record of feed.ndjson has "value"' }] },
      });
      // One record that has it is enough.
      files.write('feed.ndjson', WRITTEN.ndjson([...without, { ...without[0]!, id: 'last', value: 7 }]));
      expect((await run(DAY1)).state).toBe('published');
    }
    expect((await published())[1]).toEqual(FORMER[1]);
  });
});

test.each([
  [{ newField: 'error' }, /items: newField: "error" is unknown/],
  [{ missingField: 'ignore' }, /items: missingField: "ignore" is unknown/],
  [{ extraFields: 'keep' }, /items: extraFields: "keep" is unknown/],
  [{ extraFields: 'ignore', newField: 'refuse' }, /say one thing twice/],
])('%j is refused by name', (contract, message) => {
  const define = () => cleaned({ name: 'items', columns: { id: text() }, key: ['id'], ...(contract as object) });
  expect(define).toThrow(message);
});
