import fc from 'fast-check';
import { Client } from 'pg';
import type { Check, CheckContext, GateCheck, RowCheck, RowRule } from '../model/definition/check';
import type { Columns } from '../model/definition/column';
import { PG_TYPES } from '../model/definition/column';
import type { Sql } from '../model/definition/sql';
import { ident, join, quoteIdent, render, sql } from '../model/definition/sql';
import type { Table } from '../model/definition/table';
import { isTolerated } from '../model/run/gate';
import type { Window } from '../model/time/window';
import { WHOLE } from '../model/time/window';

type Cells = Readonly<Record<string, unknown>>;

interface Subject {
  readonly check: Check<never>;
  /** Standard name and label, as people read them. */
  readonly name: string;
  readonly label: string;
  /** The table that is judged. */
  readonly columns: Columns;
  readonly cases: readonly Case[];
  /** Tables that the check reads, with their rows. */
  readonly others?: readonly { readonly table: Table; readonly rows: readonly Cells[] }[];
  /** Only not_null judges null, and only row_count an empty table. */
  readonly judges?: 'null' | 'emptiness';
}

interface Case {
  readonly about: string;
  readonly rows: readonly Cells[];
  readonly formerRows?: number | null;
  readonly window?: Window;
  /** Rows of the windows published before this one, newest first. */
  readonly trailing?: readonly number[];
  /** What the windows that are compared with measure: those of the same weekday, or all. */
  readonly baseline?: readonly number[];
  /** What `note` says where nothing fails. */
  readonly says?: string;
  /** What `failing` answers; [] where the rows pass. */
  readonly fails: readonly Cells[];
}

/** What a case tells of the table besides its rows' content. */
type Told = Pick<Case, 'rows' | 'formerRows' | 'window' | 'trailing' | 'baseline'>;

const JUDGED = sql`${ident('judged')}`;

/** What every check must keep to, asked of real PostgreSQL; a new check's test calls this with rows on the page. */
export function describeCheck(subject: Subject): void {
  const { check, columns, others = [] } = subject;
  describe(`${subject.label}, as a check`, () => {
    const client = new Client({ connectionString: process.env['WEIR_TEST_DATABASE_URL'] });
    beforeAll(async () => {
      await client.connect();
      await create(client, 'judged', columns);
      for (const { table, rows } of others) {
        await create(client, table.tableName, table.columns);
        await fill(client, table.tableName, rows);
      }
    });
    afterAll(() => client.end());

    // As the gate takes it: what a check tolerates fails not.
    const ask = async (asked: Check<never>, one: Told = { rows: [] }, target = JUDGED): Promise<Cells[]> => {
      const failing = await answer(client, asked.failing(contextOf(one, target)));
      return isTolerated(asked, failing.length, one.rows.length) ? [] : failing;
    };

    test('has its standard name, its label, and closes the gate unless told otherwise', () => {
      expect(check).toMatchObject({ name: subject.name, label: subject.label, severity: 'error' });
      expect(check.reads).toEqual(others.map(({ table }) => table));
    });

    test('.warn() asks the same, recorded only', () => {
      expect(facts(check.warn())).toEqual({ ...facts(check), severity: 'warn' });
      expect(sqlText(check.warn())).toEqual(sqlText(check));
      expect(check.severity).toBe('error');
    });

    test.each(subject.cases.map((one): [string, Case] => [one.about, one]))('%s', async (_, one) => {
      await fill(client, 'judged', one.rows);
      expect(await ask(check, one)).toEqual(one.fails);
      expect(await ask(check.warn(), one)).toEqual(one.fails);
    });

    for (const one of subject.cases.filter(({ says }) => says !== undefined))
      test(`${one.about}, and says so`, async () => {
        const texts = await answer(client, check.note!(contextOf(one, JUDGED)));
        expect(texts.flatMap((row) => Object.values(row))).toEqual([one.says]);
      });

    test('takes a select in parentheses for its target', async () => {
      const [one] = subject.cases;
      await fill(client, 'judged', one!.rows);
      const target = sql`(select * from ${JUDGED})`;
      expect(await ask(check, one, target)).toEqual(one!.fails);
    });

    if (subject.judges !== 'emptiness')
      test('passes a table without rows', async () => {
        await fill(client, 'judged', []);
        expect(await ask(check)).toEqual([]);
      });

    if (subject.judges === undefined)
      test('leaves null to not_null', async () => {
        const nulls = Object.fromEntries(Object.keys(columns).map((column) => [column, null]));
        await fill(client, 'judged', [nulls, nulls]);
        expect(await ask(check, { rows: [nulls, nulls] })).toEqual([]);
      });

    if ('above' in check && check.tolerates === undefined)
      test('.above() asks the same, and says how many may break it', () => {
        const kinder = (check as GateCheck<never>).above('5 %');
        expect(facts(kinder)).toMatchObject({
          severity: 'error',
          label: `${subject.label} above 5 %`,
          tolerates: '5 %',
        });
        expect(sqlText(kinder)).toEqual(sqlText(check));
        expect(kinder.warn()).toMatchObject({ severity: 'warn', tolerates: '5 %' });
        expect((check.warn() as GateCheck<never>).above(3)).toMatchObject({ severity: 'warn', tolerates: 3 });
        expect(() => kinder.above(1)).toThrow('twice');
        expect(() => (check as GateCheck<never>).above(0.5)).toThrow('no number of rows');
      });

    const { breaks } = check;
    if (breaks !== undefined)
      test.each(subject.cases.map((one): [string, Case] => [one.about, one]))(
        'counted in the scan of all checks, it fails the same rows: %s',
        async (_, one) => {
          await fill(client, 'judged', one.rows);
          const counted = sql`select count(*) filter (where ${breaks})::integer as rows from ${JUDGED} as t`;
          const failing = await answer(client, check.failing(contextOf(one, JUDGED)));
          expect(await answer(client, counted)).toEqual([{ rows: failing.length }]);
        },
      );

    if (check.rules !== undefined) describeRules(check as RowCheck<never>);

    function describeRules(rowCheck: RowCheck<never>): void {
      test('.deadLetter() asks the same and sets records aside; .warn() takes that back', () => {
        const setAside = rowCheck.deadLetter();
        expect(facts(setAside)).toEqual({ ...facts(rowCheck), severity: 'deadLetter' });
        expect(sqlText(setAside)).toEqual(sqlText(rowCheck));
        expect(setAside.warn().severity).toBe('warn');
      });

      if (rowCheck.rules.some(({ kind }) => kind === 'expect')) return;
      test('its rules, as the cleaner asks them of one record, agree with its SQL', async () => {
        const seen = (column: string): unknown[] => subject.cases.flatMap(({ rows }) => rows.map((row) => row[column]));
        const row = fc.record(
          Object.fromEntries(Object.keys(columns).map((column) => [column, fc.constantFrom(null, ...seen(column))])),
        );
        await fc.assert(
          fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
            await fill(client, 'judged', rows);
            const broken = rows.filter((cells) => rowCheck.rules.some((rule) => breaksRule(rule, cells)));
            expect(await ask(rowCheck, { rows })).toHaveLength(broken.length);
          }),
          { numRuns: 50 },
        );
      });
    }
  });
}

/** A rule as plain TypeScript reads it. */
function breaksRule(rule: RowRule, cells: Cells): boolean {
  const value = cells[rule.column] ?? null;
  if (rule.kind === 'not_null') return value === null;
  if (value === null) return false;
  if (rule.kind === 'expect')
    throw new Error('what expect says is held against its SQL in test/cleaning/expect.test.ts');
  if (rule.kind === 'between') {
    // Days and moments in one spelling are in order as texts.
    const ordered = (bound: unknown): number | string =>
      Number.isNaN(Number(rule.min)) ? String(bound) : Number(bound);
    return ordered(value) < ordered(rule.min) || ordered(value) > ordered(rule.max);
  }
  return !rule.values.includes(value as string);
}

/** A check's facts without its methods. */
const facts = (check: Check<never>): object =>
  Object.fromEntries(Object.entries(check).filter(([, value]) => typeof value !== 'function'));

const sqlText = (check: Check<never>): unknown =>
  rendered(check.failing(contextOf({ rows: [], formerRows: 10, trailing: [10], baseline: [10] }, JUDGED)));

function contextOf(
  { rows, formerRows = null, window = WHOLE, trailing = [], baseline = [] }: Told,
  target: Sql,
): CheckContext {
  return {
    ...{ target, window, rows: rows.length, formerRows },
    baseline: () => {
      const had = baseline.map((value) => sql`(${value}::numeric)`);
      const before = had.length > 0 ? sql`values ${join(had, ', ')}` : sql`select null::numeric where false`;
      return sql`(select now() as window_start, w.value, count(*) over () as known from (${before}) as w (value))`;
    },
    trailing: (n) => {
      const before = trailing.slice(0, n).map((had, i) => sql`(now() - ${`${i + 1} days`}::interval, ${had}::bigint)`);
      const none = sql`select null::timestamptz as window_start, null::bigint as rows where false`;
      if (before.length === 0) return sql`(${none})`;
      return sql`(select * from (values ${join(before, ', ')}) as w (window_start, rows))`;
    },
  };
}

async function create(client: Client, name: string, columns: Columns): Promise<void> {
  const list = Object.entries(columns).map(([name, column]) => `${quoteIdent(name)} ${PG_TYPES[column.facts.type]}`);
  await client.query(`create temp table ${quoteIdent(name)} (${list.join(', ')})`);
}

async function fill(client: Client, name: string, rows: readonly Cells[]): Promise<void> {
  await client.query(`truncate ${quoteIdent(name)}`);
  await client.query(
    `insert into ${quoteIdent(name)} select * from jsonb_populate_recordset(null::${quoteIdent(name)}, $1)`,
    [JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))],
  );
}

async function answer(client: Client, asked: Sql): Promise<Cells[]> {
  const { text, values } = rendered(asked);
  const { rows } = await client.query<Cells>(text, values);
  return rows;
}

const rendered = (asked: Sql): { text: string; values: unknown[] } =>
  render(asked, {
    table: (hole) => quoteIdent(hole.tableName),
    covers: () => 'true',
    edge: (edge, param) => `${param(edge === 'start' ? '-infinity' : 'infinity')}::timestamptz`,
  });
