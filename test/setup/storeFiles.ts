import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stepCells } from '../../scripts/terminal/shownWindow';
import { noteLines } from '../../scripts/terminal/notes';
import type { Pipeline } from '../../model';
import { text } from '../../model';
import type { Outcome } from '../../model/run/outcome';
import type { Window } from '../../model/time/window';
import { parseWindow } from '../../model/time/window';
import { windowStatuses } from '../../store/ledger/windows';
import { runReport } from '../../store/reports/runReport';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { stores } from './stores';

export const DAY = parseWindow('1d', '2024-05-01');
export const OLD = new Date('2024-05-01T00:00:00Z');
export const BY_STORE = { columns: { store: text().path('store') } };
export const HEADER = 'at,amount\n';

/** A day's sales as CSV. */
export const sold = (...amounts: number[]): string =>
  HEADER + amounts.map((amount) => `2024-05-01T09:00:00Z,${amount}\n`).join('');

/** A folder of files and a database, each test's own. */
export class StoreFiles {
  test_!: TestDatabase;
  private folder = '';

  /** To be called where a `describe` is. */
  constructor() {
    beforeAll(async () => (this.test_ = await testDatabase([stores({ path: 'x.csv' })])));
    beforeEach(() => (this.folder = mkdtempSync(join(tmpdir(), 'weir-files-'))));
    afterEach(async () => {
      await this.test_.empty();
      rmSync(this.folder, { recursive: true });
    });
    afterAll(() => this.test_.close());
  }

  readonly at = (name: string): string => join(this.folder, name);
  readonly given = (name: string, bytes: string | Buffer, modified = OLD): void => {
    mkdirSync(dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), bytes);
    utimesSync(this.at(name), modified, modified);
  };
  readonly bench = (pipeline: Pipeline): ActivityRunner => new ActivityRunner(this.test_.database, [pipeline]);
  readonly run = (pipeline: Pipeline, window = DAY): Promise<Outcome> => this.bench(pipeline).run(pipeline, window);
  readonly published = async (): Promise<string[]> =>
    (
      await this.test_.database.query<{ line: string }>(
        `select concat_ws(' ', day, store, amount) as line from marts.sales_daily order by 1`,
      )
    ).map((row) => row.line);
  readonly landed = async (): Promise<number> =>
    (await this.test_.database.query<{ n: number }>(`select count(*)::integer as n from weir.deliveries`))[0]!.n;
  /** What `weir run` says of the ingest, and its notes. */
  readonly told = async (window: Window = DAY): Promise<string[]> => {
    const report = await runReport(this.test_.database, 'sales', window.start);
    const steps = report.steps.filter(({ name }) => name === 'ingest');
    return [...steps.map((step) => stepCells(step, []).did), ...noteLines(report)];
  };
  readonly stateOf = async (pipeline: Pipeline): Promise<string> =>
    (await windowStatuses(this.test_.database, [pipeline], pipeline, DAY))[0]!.state;
  /** A run as its workflow ends it: closed with the class of its error, which is returned. */
  readonly ended = async (pipeline: Pipeline): Promise<Error & { next?: string }> => {
    const runner = this.bench(pipeline);
    const claim = await runner.claim(pipeline, DAY);
    const error = (await runner.call('ingest', { claim, step: 1 }).then(
      () => new Error('it went on'),
      (thrown: unknown) => thrown,
    )) as Error;
    await runner.call('close', { claim, step: 2, state: 'failed', error: error.message, type: error.name });
    return error;
  };
}
