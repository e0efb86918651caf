import fc from 'fast-check';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, parseRange, split, windowAt, windowName } from '../../model/time/window';
import { windowStatuses } from '../../store/ledger/windows';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

/**
 * The law: after any history, stale are exactly the windows that a plain model lists. Three pipelines, three grains, chained by cleaned and
 * by curated tables: hours -> days (hours' cleaned and curated rows, and its own two days before) -> everything.
 * WEIR_TEST_HISTORIES=500 asks for more of them.
 */
const HISTORIES = Number(process.env['WEIR_TEST_HISTORIES'] ?? 20);
const DAYS = '2024-05-01..2024-05-05';
const HOURS = [0, 9, 23];

interface Reading {
  readonly day: number;
  readonly hour: number;
  readonly sensor: string;
  readonly value: number;
}

const atOf = ({ day, hour }: Reading): string => `2024-05-0${day}T${String(hour).padStart(2, '0')}:30:00Z`;
const csv = (readings: readonly Reading[]): string =>
  ['at,sensor,value', ...readings.map((one) => `${atOf(one)},${one.sensor},${one.value}`), ''].join('\n');

function chain(): { register: Pipeline[]; files: MemoryFiles; notes: MemoryFiles } {
  const files = new MemoryFiles();
  const notes = new MemoryFiles();
  const owners = ['lab@example.test'] as const;
  const from = '2024-05-01T00:00:00Z' as never;
  const until = '2024-05-05T00:00:00Z' as never;
  const columns = { at: timestamptz(), sensor: text(), value: integer() };
  const readings = cleaned({ name: 'readings', columns, key: ['at', 'sensor'], eventTime: 'at' });
  const hourly = curated({
    name: 'hourly',
    columns: { hour: timestamptz(), sensor: text(), total: bigint() },
    key: ['hour', 'sensor'],
    select: ({ window }) => sql`
      select ${window.start} as hour, r.sensor, sum(r.value) as total
        from ${readings} r
       where ${window.covers('r.at')}
       group by 1, 2`,
  });
  const dayNotes = cleaned({ name: 'day_notes', columns, key: ['at', 'sensor'], eventTime: 'at' });
  const daily = curated({
    name: 'daily',
    columns: { day: date(), total: bigint(), readings: integer() },
    key: ['day'],
    select: ({ window }) => sql`
      select (${window.start} at time zone 'utc')::date as day,
             coalesce((select sum(h.total) from ${hourly} h where ${window.covers('h.hour')}), 0)::bigint as total,
             (select count(*) from ${readings} r where ${window.covers('r.at')})::integer as readings`,
  });
  const rolling = curated({
    name: 'rolling',
    columns: { day: date(), total: bigint() },
    key: ['day'],
    select: ({ window }) => sql`
      select (${window.start} at time zone 'utc')::date as day, coalesce(sum(d.total), 0)::bigint as total
        from ${daily} d
       where ${window.covers('d.day', { before: '2d' })}`,
  });
  const everyNote = cleaned({ name: 'every_note', columns, key: ['at', 'sensor'] });
  const grand = curated({
    name: 'grand',
    columns: { id: integer(), total: bigint() },
    key: ['id'],
    select: () => sql`select 1 as id, coalesce(sum(r.total), 0)::bigint as total from ${rolling} r`,
  });
  const define = (name: string, more: Pick<Pipeline, 'window' | 'cleaned' | 'curated' | 'source'>): Pipeline =>
    definePipeline({
      name,
      description: name,
      owners,
      allowEmpty: true,
      ...(more.window !== 'whole' && { from, until }),
      ...more,
    });
  return {
    files,
    notes,
    register: [
      define('hours', { window: '1h', cleaned: readings, curated: [hourly], source: files }),
      define('days', { window: '1d', cleaned: dayNotes, curated: [daily, rolling], source: notes }),
      define('all', { window: 'whole', cleaned: everyNote, curated: [grand], source: notes }),
    ],
  };
}

/** What happens to which window of which table, and what each published window had seen: in plain words, without SQL. */
class Model {
  private readonly facts: { table: string; start: string }[] = [];
  private readonly seen = new Map<string, { pipeline: string; window: Window; facts: number }>();
  private readonly landed = { files: new Map<string, string>(), notes: new Map<string, string>() };
  private readonly contents = new Map<string, string>();

  /** A file becomes what it is now: touched are the windows whose rows of it are not what they were. */
  land(
    kind: 'files' | 'notes',
    file: string,
    text: string,
    tables: readonly (readonly [string, Pipeline['window']])[],
  ): void {
    const former = this.landed[kind].get(file) ?? '';
    this.landed[kind].set(file, text);
    for (const [table, grain] of tables) {
      const [before, after] = [former, text].map((one) => byWindow(one, grain));
      for (const start of new Set([...before!.keys(), ...after!.keys()]))
        if (before!.get(start) !== after!.get(start)) this.facts.push({ table, start });
    }
  }

  /** A window is published with these rows of its tables. */
  publish(pipeline: string, window: Window, facts: number, contents: Readonly<Record<string, string>>): void {
    this.seen.set(`${pipeline} ${windowName(window)}`, { pipeline, window, facts });
    for (const [table, content] of Object.entries(contents)) {
      const key = `${table} ${window.start}`;
      if (this.contents.get(key) !== content) this.facts.push({ table, start: window.start });
      this.contents.set(key, content);
    }
  }

  get count(): number {
    return this.facts.length;
  }

  stale(): string[] {
    return [...this.seen]
      .filter(([, { pipeline, window, facts }]) =>
        this.facts.slice(facts).some((fact) => reaches(fact, pipeline, window)),
      )
      .map(([name]) => name)
      .sort();
  }
}

const DAY_MS = 86_400_000;

// Which facts a window of each pipeline is made from, written out by hand.
function reaches({ table, start }: { table: string; start: string }, pipeline: string, window: Window): boolean {
  if (pipeline === 'hours') return table === 'readings' && start === window.start;
  if (pipeline === 'all') return ['every_note', 'rolling'].includes(table);
  if (!['day_notes', 'readings', 'hourly', 'daily'].includes(table)) return false;
  const at = millis(start as never);
  const [from, to] = [millis(window.start as never), millis(window.end as never)];
  if (table === 'day_notes' || table === 'readings' || table === 'hourly') return at >= from && at < to;
  return table === 'daily' && at >= from - 2 * DAY_MS && at < from;
}

function byWindow(text: string, grain: Pipeline['window']): Map<string, string> {
  const rows = new Map<string, string[]>();
  for (const line of text.split('\n').slice(1).filter(Boolean)) {
    const { start } = grain === 'whole' ? WHOLE : windowAt(grain, instant(millis(line.split(',')[0] as never)));
    rows.set(start, [...(rows.get(start) ?? []), line]);
  }
  return new Map([...rows].map(([start, lines]) => [start, lines.sort().join('\n')]));
}

const reading = fc.record({
  day: fc.integer({ min: 1, max: 3 }),
  hour: fc.constantFrom(...HOURS),
  sensor: fc.constantFrom('north', 'south'),
  value: fc.integer({ min: 0, max: 2 }),
});
const readings = fc.uniqueArray(reading, { maxLength: 4, selector: (one) => `${atOf(one)} ${one.sensor}` });
const act = fc.oneof(
  fc.record({ kind: fc.constant('files' as const), file: fc.constantFrom('a.csv', 'b.csv'), readings }),
  fc.record({ kind: fc.constant('notes' as const), file: fc.constantFrom('n.csv'), readings }),
  fc.record({
    kind: fc.constant('run' as const),
    pipeline: fc.constantFrom('hours', 'hours', 'days', 'days', 'all'),
    day: fc.integer({ min: 1, max: 4 }),
    hour: fc.constantFrom(...HOURS),
  }),
);

describe('stale', () => {
  let test_: TestDatabase;
  beforeAll(async () => void (test_ = await testDatabase(chain().register)));
  afterAll(() => test_.close());

  test('are exactly the windows whose inputs changed since they were published', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 14 }), async (acts) => {
        await test_.empty();
        const { register, files, notes } = chain();
        const sources = { files, notes };
        const runner = new ActivityRunner(test_.database, register);
        const model = new Model();
        const present = { files: new Map<string, string>(), notes: new Map<string, string>() };
        for (const step of acts) {
          if (step.kind !== 'run') {
            sources[step.kind].write(step.file, csv(step.readings));
            present[step.kind].set(step.file, csv(step.readings));
            continue;
          }
          const pipeline = register.find(({ name }) => name === step.pipeline)!;
          const moment = instant(millis(atOf({ ...step, sensor: '', value: 0 }) as never));
          const window = pipeline.window === 'whole' ? WHOLE : windowAt(pipeline.window, moment);
          const kind = pipeline.source === files ? 'files' : 'notes';
          const table = [[pipeline.cleaned.tableName, pipeline.window]] as const;
          // Each pipeline lands what its source has; `days` and `all` each from the same notes.
          for (const [file, text] of present[kind]) landed(model, pipeline.name, kind, file, text, table);
          const before = model.count;
          await runner.run(pipeline, window);
          model.publish(pipeline.name, window, before, await contentsOf(test_, pipeline, window));
        }
        const stale: string[] = [];
        for (const pipeline of register) {
          const range = pipeline.window === 'whole' ? WHOLE : parseRange(pipeline.window, DAYS);
          const statuses = await windowStatuses(test_.database, register, pipeline, range);
          stale.push(...statuses.filter((one) => one.stale !== null).map((one) => `${pipeline.name} ${one.window}`));
          expect(statuses).toHaveLength(split(pipeline.window, range).length);
        }
        expect(stale.sort()).toEqual(model.stale());
      }),
      { numRuns: HISTORIES },
    );
  }, 600_000);
});

// Of one source that two pipelines read, each has landed its own.
const landed = (
  model: Model,
  pipeline: string,
  kind: 'files' | 'notes',
  file: string,
  text: string,
  tables: readonly (readonly [string, Pipeline['window']])[],
): void => model.land(kind, `${pipeline} ${file}`, text, tables);

async function contentsOf(test_: TestDatabase, pipeline: Pipeline, window: Window): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const { tableName } of pipeline.curated) {
    const rows = await test_.database.query<{ line: string }>(
      `select t::text as line from weir_curated.${tableName} t where _window = $1 order by 1`,
      [window.start],
    );
    contents[tableName] = rows.map(({ line }) => line).join('\n');
  }
  return contents;
}
