import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities';
import { cleaningFingerprint } from '../../model/compile/compile';
import type { Pipeline } from '../../model/index';
import type { Claim } from '../../model/run/claim';
import type { Activities } from '../../model/run/steps';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import { betweenStates } from '../../store/ledger/origins';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { verifyRange } from '../../store/proof/verify';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { interleaved, median, timed } from '../measuring';
import { addLarge, addWindows, END, growing } from './growthLedger';

const BAR = 1.5;
const SMALL = { windows: 10, large: 1 };
const WINDOWS = 100_000;
const LARGE = [1_000, 2_500];
const HOUR_MS = 3_600_000;

/** A ledger with its tables, and the newest window of it, which every measure is of. */
class Subject {
  private edits = 0;
  private runs = 0;
  private readonly activities: Activities;
  readonly window: Window = { start: instant(millis(END) - HOUR_MS), end: END };

  private constructor(
    readonly name: string,
    readonly database: Database,
    readonly pipeline: Pipeline,
    private readonly file: string,
  ) {
    this.activities = createActivities({ database, register: [pipeline] });
  }

  static async open(admin: Database, url: string, home: string, name: string, windows: number): Promise<Subject> {
    const database = `weir_bench_growth_${name}`;
    await admin.query(`drop database if exists ${database} with (force)`);
    await admin.query(`create database ${database}`);
    const at = new URL(url);
    at.pathname = `/${database}`;
    const opened = Database.open(at.href, { max: 6 });
    const folder = `${home}/growth/${name}`;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(`${folder}/large`, { recursive: true });
    const pipeline = growing(folder, windows);
    await migrate(opened);
    await ensureLayerTables(opened, [pipeline]);
    const start = millis(END) - HOUR_MS;
    const file = `${folder}/${new Date(start).toISOString().slice(0, 13)}.csv`;
    return new Subject(name, opened, pipeline, file);
  }

  /** The newest window's file, with other numbers each time. */
  writeFile(): void {
    this.edits += 1;
    const rows = Array.from(
      { length: 10 },
      (_, i) => `${this.window.start.slice(0, 14)}${String(i).padStart(2, '0')}:00Z,north,${this.edits * 10 + i}`,
    );
    writeFileSync(this.file, `at,what,n\n${rows.join('\n')}\n`);
  }

  private async call<K extends keyof Activities>(
    name: K,
    input: Parameters<Activities[K]>[0],
  ): Promise<Awaited<ReturnType<Activities[K]>>> {
    const execution = { workflowId: 'bench', runId: `run-${this.runs}` };
    const around = new MockActivityEnvironment(
      { attempt: 1, workflowExecution: execution },
      { logger: new DefaultLogger('ERROR') },
    );
    return (await around.run(this.activities[name] as never, input as never)) as Awaited<ReturnType<Activities[K]>>;
  }

  /** A whole run, each step timed by its name. */
  async run(ingest: string): Promise<Record<string, number>> {
    const { pipeline, window } = this;
    this.runs += 1;
    const claim: Claim = await this.call('claim', { plan: compiled(pipeline), window, kind: 'run' });
    const [cleaned, curated] = [pipeline.cleaned.tableName, pipeline.curated[0]!.tableName];
    return {
      [ingest]: await timed(() => this.call('ingest', { claim, step: 1 })),
      'refresh, cleaned': await timed(() => this.call('refresh', { claim, step: 2, table: cleaned })),
      'refresh, curated': await timed(() => this.call('refresh', { claim, step: 3, table: curated })),
      publish: await timed(() => this.call('publish', { claim, step: 4 })),
    };
  }

  /** What each step takes: of one run whose file changed, one with nothing new, and the questions beside them. */
  async measure(): Promise<Record<string, number>> {
    const { pipeline, database, window } = this;
    this.writeFile();
    const changed = await this.run('ingest, a small file changed');
    const same = await this.run('ingest, nothing new');
    const nominal = instant(millis(END) + HOUR_MS / 2);
    const own = { pipeline: pipeline.name, code: cleaningFingerprint(compiled(pipeline)) };
    return {
      ...changed,
      ...same,
      tick: await timed(() => this.call('dueWindows', { pipeline: pipeline.name, nominal })),
      betweenStates: await timed(() => betweenStates(database, [pipeline.name], own)),
      'verify of one window': await timed(async () => {
        const { compared } = await verifyRange(database, [pipeline], pipeline, window, () => undefined);
        const wrong = compared.find(({ equal }) => !equal);
        if (wrong) throw new Error(`${this.name}: ${wrong.table} differs: ${wrong.differing[0]}`);
      }),
    };
  }
}

/** What grows with history, as ratios: the steps of one window of ten rows in a ledger of 10 windows, and of 100,000 with many large deliveries. */
export async function growth(admin: Database, url: string, home: string, rounds: number): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const subjects: Subject[] = [];
  try {
    for (const [name, windows] of [['small', SMALL.windows] as const, ['large', WINDOWS] as const]) {
      const subject = await Subject.open(admin, url, home, name, windows);
      subjects.push(subject);
      const ms = await timed(() => addWindows(subject.database, subject.pipeline, windows));
      say(`growth: ${windows.toLocaleString('en')} windows and origins made in ${(ms / 1e3).toFixed(1)} s`);
    }
    const [small, large] = subjects as [Subject, Subject];
    await addLarge(small.database, small.pipeline, 0, SMALL.large, SMALL.windows);
    let there = 0;
    for (const deliveries of LARGE) {
      const ms = await timed(() => addLarge(large.database, large.pipeline, there, deliveries, WINDOWS));
      there = deliveries;
      say(`growth: ${deliveries.toLocaleString('en')} large deliveries in ${(ms / 1e3).toFixed(1)} s`);
      for (const one of subjects) {
        one.writeFile();
        await one.run('ingest');
        // As autovacuum does after a while: the first run notes of every origin that it is named.
        await one.database.query('vacuum analyze weir.origins');
      }
      const things = subjects.map((one) => ({ name: one.name, run: () => one.measure() }));
      const results = await interleaved(things, rounds);
      for (const line of compare(results, deliveries)) say(line);
    }
  } finally {
    for (const { database, name } of subjects) {
      await database.close();
      await admin.query(`drop database if exists weir_bench_growth_${name} with (force)`);
    }
  }
}

function compare(results: ReadonlyMap<string, number[]>, deliveries: number): string[] {
  return [...results.keys()]
    .filter((name) => name.startsWith('small '))
    .map((name) => {
      const measure = name.slice('small '.length);
      const [of, against] = [median(results.get(`large ${measure}`)!), median(results.get(name)!)];
      const ratio = of / against;
      return (
        `growth, ${deliveries.toLocaleString('en')} large deliveries: ${measure}: ${of.toFixed(1)} ms against ${against.toFixed(1)} ms: ` +
        `${ratio.toFixed(2)}, bar ${BAR}: ${ratio <= BAR ? 'holds' : 'MISSED'}`
      );
    });
}
