import type { Pipeline } from '../../model/definition/pipeline';
import { windowAt } from '../../model/time/window';
import { historyOf } from '../../model/definition/pipeline';
import { split } from '../../model/time/window';
import { ensureLayerTables } from '../../store/schema/layerTables';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import type { Act } from './acts';
import { csvOf } from './acts';
import { doDamage } from './damage';
import type { Definition } from './definition';
import { FIRST, pipelineOf } from './definition';
import { Disk } from './disk';
import { Execution } from './execution';
import { plainReading } from './plainReading';
import { Verbs } from './verbs';

const PASSES = 8;

/** Every target of a definition by its name, each as lines of text. */
export type Targets = Readonly<Record<string, readonly string[]>>;

/** A person's files, definition and database, and what happens to them. */
export class World {
  definition: Definition = FIRST;
  /** Somebody changed rows, and `verify` has not found all well since: nothing that does not read rows can know. */
  isDamaged = false;
  private readonly disk = new Disk();

  private constructor(private readonly test: TestDatabase) {}

  static async begin(): Promise<World> {
    return new World(await testDatabase());
  }

  close(): Promise<void> {
    return this.test.close();
  }

  get pipeline(): Pipeline {
    return pipelineOf(this.definition, this.disk.folder(this.definition.folder));
  }

  get verbs(): Verbs {
    return new Verbs(this.test.database, this.pipeline);
  }

  /** Does what an act says; of an apply, its exit. */
  async perform(act: Act): Promise<number | 'refused' | null> {
    switch (act.kind) {
      case 'write':
        this.disk.write(`${this.definition.folder}/2024-05-0${act.day}.csv`, csvOf(act.readings));
        return null;
      case 'run':
      case 'rerun':
        return this.run(act);
      case 'define':
        this.definition = { ...this.definition, ...act.change };
        return null;
      case 'vanish':
        return this.vanish(`${this.definition.folder}/2024-05-0${act.day}.csv`);
      case 'move':
        return this.move(act.files);
      case 'decide':
        await this.verbs.settleOrigins();
        return null;
      case 'damage': {
        const { database } = this.test;
        if (await doDamage(database, act.damage, act.nth, targetNames(this.definition))) this.isDamaged = true;
        return null;
      }
      case 'apply':
        return Verbs.asked(() => this.verbs.apply());
    }
  }

  private async vanish(origin: string): Promise<null> {
    if (this.disk.has(origin)) this.disk.remove(origin, (await this.landed()).has(origin));
    return null;
  }

  private move(files: boolean): null {
    const { folder } = this.definition;
    const other = folder === 'inbox' ? 'archive' : 'inbox';
    if (files) this.disk.rename(folder, other);
    this.definition = { ...this.definition, folder: other };
    return null;
  }

  private async run({ kind, day, crash }: Extract<Act, { kind: 'run' | 'rerun' }>): Promise<null> {
    const { pipeline } = this;
    const window = windowAt(pipeline.window, `2024-05-0${day}T12:00:00Z`);
    try {
      await ensureLayerTables(this.test.database, [pipeline]);
    } catch {
      // Refused until `apply` has changed the tables.
      return null;
    }
    await new Execution(this.test.database, pipeline).run(window, kind, crash);
    return null;
  }

  /** Every target of the present definition as it is. */
  async targets(): Promise<Targets> {
    return targetsOf(this.test, this.definition);
  }

  /** Every target as an undisturbed run over what has landed would make it, read plainly; `absent` windows not run. */
  async expected(absent: ReadonlySet<string> = new Set()): Promise<Targets & { held: readonly string[] }> {
    const { daily, rolling, held } = plainReading(this.definition, await this.landed(), absent);
    const named = targetNames(this.definition).map((name) => [name, name.endsWith('rolling') ? rolling : daily]);
    return { ...(Object.fromEntries(named) as Targets), held };
  }

  /** Windows of the calendar that were never published. */
  async absent(): Promise<Set<string>> {
    const rows = await this.test.database.query<{ start: string }>(
      `select window_start as start from weir.windows where pipeline = 'law' and published_at is not null`,
    );
    const published = new Set(rows.map(({ start }) => start));
    const windows = split(this.pipeline.window, historyOf(this.pipeline, '2024-06-01T00:00:00Z'));
    return new Set(windows.map(({ start }) => start as string).filter((start) => !published.has(start)));
  }

  /** The bytes of each origin that counts. */
  async landed(): Promise<Map<string, string>> {
    const rows = await this.test.database.query<{ origin: string; bytes: Buffer }>(
      `select o.origin, d.preamble || coalesce(string_agg(s.bytes, ''::bytea order by s.ordinal), '') as bytes
         from weir.origins o
         join weir.deliveries d on d.id = o.delivery
    left join weir.segments s on s.delivery = d.id
        where o.pipeline = 'law' and o.state <> 'retired'
     group by o.origin, d.preamble
     order by 1`,
    );
    return new Map(rows.map(({ origin, bytes }) => [origin, bytes.toString()]));
  }

  /** An undisturbed run of the present definition over what has landed here, in a database of its own. */
  async undisturbed(): Promise<{ targets: Targets; isWhole: boolean }> {
    const test = await testDatabase();
    try {
      const disk = new Disk();
      for (const [origin, text] of await this.landed()) disk.write(origin, text);
      const pipeline = pipelineOf(this.definition, disk.folder(this.definition.folder, true));
      await ensureLayerTables(test.database, [pipeline]);
      const execution = new Execution(test.database, pipeline);
      // What one window lands may touch another that ran before it: as often as there are windows, at most.
      for (let pass = 1; ; pass++) {
        const { failed, stale } = await execution.backfill(historyOf(pipeline, ''), 'backfill');
        if (failed === 0 && stale > 0 && pass < PASSES) continue;
        return { targets: await targetsOf(test, this.definition), isWhole: failed === 0 && stale === 0 };
      }
    } finally {
      await test.close();
    }
  }
}

const targetNames = ({ sinks }: Definition): string[] => ['weir_curated.daily', 'weir_curated.rolling', ...sinks];

async function targetsOf({ database }: TestDatabase, definition: Definition): Promise<Targets> {
  const targets: Record<string, string[]> = {};
  for (const name of targetNames(definition)) {
    const columns = name.endsWith('rolling')
      ? `total`
      : `sensor, readings, coalesce(total::text, 'null')${definition.notes ? ', notes' : ''}`;
    const rows = await database
      .query<{ start: string; line: string }>(`select start, concat_ws(' ', ${columns}) as line from ${name}`)
      .catch((error: Error) => [{ start: error.message, line: '' }]);
    targets[name] = rows.map(({ start, line }) => `${start} ${line}`).sort();
  }
  return targets;
}
