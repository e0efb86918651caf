import type { PublishSink } from '../model/definition/sink';
import type { Curated } from '../model/definition/table';
import { bigint, curated, date, definePipeline, cleaned, sql, text, timestamptz } from '../model/index';
import { DefinitionInvalid } from '../model/run/errors';
import type { Window } from '../model/time/window';
import { digestOf } from '../store/proof/digest';
import { columnChanges } from '../store/schema/addDropColumns';
import { MemoryFiles } from './memoryFiles';
import type { TestDatabase } from './testDatabase';
import { testDatabase } from './testDatabase';

interface Subject {
  /** The sink of `table` that keeps `relation`. */
  readonly make: (table: Curated, relation: 'marts.daily') => PublishSink;
}

type Row = readonly [sensor: string, total: string | null];

const day = (n: number): Window => ({ start: `2024-05-0${n}T00:00:00Z`, end: `2024-05-0${n + 1}T00:00:00Z` });
const RELATION = 'marts.daily';

const readings = cleaned({ name: 'readings', columns: { at: timestamptz() }, key: ['at'], eventTime: 'at' });
const daily = curated({
  name: 'daily',
  columns: { day: date(), sensor: text(), total: bigint().nullable() },
  key: ['day', 'sensor'],
  select: () => sql`select`,
});

/** What every sink that is written with the publish must keep to, on real PostgreSQL; a new kind's test calls this. */
export function describeSink(kind: string, { make }: Subject): void {
  describe(`${kind}, as a sink`, () => {
    const sink = make(daily, RELATION);
    let test_: TestDatabase;
    beforeEach(async () => void (test_ = await testDatabase()));
    afterEach(() => test_.close());

    const ensure = (): Promise<unknown> => test_.database.tx((tx) => sink.ensure(tx));
    const publish = (window: Window, rows: readonly Row[], epoch = 1): Promise<number> =>
      test_.database.tx((tx) => sink.write(tx, { window, rows: staged(window, rows), epoch }));
    const held = async (): Promise<string[]> =>
      (
        await test_.database.query<{ line: string }>(
          `select concat_ws(' ', to_char(_window at time zone 'utc', 'DD'), to_char(day, 'DD'), sensor, coalesce(total::text, '-')) as line
             from ${sink.relation} order by _window, sensor collate "C"`,
        )
      ).map((row) => row.line);
    /** Where each row lies: it moves when it is written, even with what it held. */
    const places = (): Promise<object[]> =>
      test_.database.query(`select sensor, ctid::text, xmin::text from ${sink.relation} order by _window, sensor`);

    test('says what it is', () => {
      expect(sink).toMatchObject({ kind, in: 'publish', table: daily, relation: RELATION, name: expect.any(String) });
    });

    test('makes its relation, once, as the definition declares it', async () => {
      await ensure();
      await publish(day(1), [['north', '1']]);
      await ensure();
      expect(await held()).toEqual(['01 01 north 1']);
      expect(await columnChanges(test_.database, [publishing(sink)])).toEqual([]);
    });

    test('publishes a window, exactly', async () => {
      await ensure();
      expect(
        await publish(day(1), [
          ['north', '9007199254740993'],
          ['south', null],
        ]),
      ).toBe(2);
      expect(await held()).toEqual(['01 01 north 9007199254740993', '01 01 south -']);
      const [stored, given] = await Promise.all(
        [
          sink.relation,
          `${staged(day(1), [
            ['south', null],
            ['north', '9007199254740993'],
          ])} s`,
        ].map((from) => digestOf(test_.database, daily.columns, from)),
      );
      expect(stored).toEqual(given);
    });

    test('replaces a window: rows come, go and change, and only those are written', async () => {
      await ensure();
      const before: Row[] = [
        ['east', '1'],
        ['north', '2'],
        ['south', null],
        ['west', '4'],
      ];
      await publish(day(1), before);
      const [, , south] = await places();
      const after: Row[] = [
        ['east', '5'],
        ['middle', '6'],
        ['south', null],
        ['west', null],
      ];
      expect(await publish(day(1), after, 2)).toBe(4);
      expect(await held()).toEqual(['01 01 east 5', '01 01 middle 6', '01 01 south -', '01 01 west -']);
      expect(await places()).toContainEqual(south);
    });

    test('the same rows again write nothing, whichever run brings them', async () => {
      await ensure();
      await publish(day(1), [
        ['north', '1'],
        ['south', null],
      ]);
      const before = await places();
      expect(
        await publish(
          day(1),
          [
            ['south', null],
            ['north', '1'],
          ],
          2,
        ),
      ).toBe(0);
      expect(await places()).toEqual(before);
    });

    test('leaves other windows alone, and a window may lose all its rows', async () => {
      await ensure();
      await publish(day(1), [['north', '1']]);
      await publish(day(2), [['north', '1']]);
      await publish(day(3), [['north', '1']]);
      const [first, , third] = await places();
      expect(await publish(day(2), [['north', '7']])).toBe(1);
      expect(await publish(day(2), [])).toBe(1);
      expect(await held()).toEqual(['01 01 north 1', '03 03 north 1']);
      expect(await places()).toEqual([first, third]);
    });

    test('has one window for all, where the pipeline has', async () => {
      await ensure();
      const whole = { start: '-infinity', end: 'infinity' } as Window;
      const write = (rows: string): Promise<number> =>
        test_.database.tx((tx) => sink.write(tx, { window: whole, rows, epoch: 1 }));
      expect(await write(staged(day(1), [['north', '1']]))).toBe(1);
      expect(await write(staged(day(1), [['north', '1']]))).toBe(0);
      const [row] = await test_.database.query(`select _window::text as w from ${sink.relation}`);
      expect(row).toEqual({ w: '-infinity' });
    });

    test('is gone with its transaction', async () => {
      await ensure();
      await publish(day(1), [['north', '1']]);
      const lost = new Error('the publish did not end');
      const publishing_ = test_.database.tx(async (tx) => {
        await sink.write(tx, { window: day(1), rows: staged(day(1), [['south', '2']]), epoch: 2 });
        throw lost;
      });
      await expect(publishing_).rejects.toBe(lost);
      expect(await held()).toEqual(['01 01 north 1']);
    });

    test.each([
      ['a table', `create table ${RELATION} (day date, sensor text, total bigint)`],
      ['a view', `create view ${RELATION} as select current_date as day, '' as sensor, 1::bigint as total`],
      [
        'a table of other columns',
        `create table ${RELATION} (day text, sensor text, total bigint, _window timestamptz)`,
      ],
    ])('refuses %s of that name which it did not make, and leaves it alone', async (_, statement) => {
      await test_.database.query('create schema if not exists marts');
      await test_.database.query(statement);
      const shape = (): Promise<object[]> =>
        test_.database.query(
          `select attname, atttypid from pg_attribute where attrelid = '${RELATION}'::regclass and attnum > 0 order by attnum`,
        );
      const before = await shape();
      await expect(ensure()).rejects.toMatchObject({
        name: DefinitionInvalid.name,
        message: expect.stringContaining('daily'),
        next: expect.any(String),
        stillTrue: expect.any(String),
      });
      expect(await shape()).toEqual(before);
    });
  });
}

/** `rows` of one day as a publish hands them over: a `from` item without an alias. */
function staged(window: Window, rows: readonly Row[]): string {
  const values = rows.map(([sensor, total]) => ({ day: window.start.slice(0, 10), sensor, total }));
  return `(select day, sensor, total from json_to_recordset('${JSON.stringify(values)}') as r (day date, sensor text, total bigint))`;
}

const publishing = (sink: PublishSink): ReturnType<typeof definePipeline> =>
  definePipeline({
    name: 'lab',
    description: 'sensor readings',
    owners: ['lab@example.test'],
    source: new MemoryFiles(),
    window: '1d',
    from: '2024-05-01',
    cleaned: readings,
    curated: [daily],
    publish: [sink],
  });
