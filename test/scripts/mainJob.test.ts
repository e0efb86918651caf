import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pipeline } from '../../model';
import { historyOf } from '../../model/definition/pipeline';
import { split } from '../../model/time/window';
import airports from '../../pipelines/airports';
import flights from '../../pipelines/flights';
import { freshness } from '../../scripts/commands/freshness';
import { show } from '../../scripts/commands/show';
import { status } from '../../scripts/commands/status';
import { verify } from '../../scripts/commands/verify';
import { windows } from '../../scripts/commands/windows';
import type { Verb } from '../../scripts/verb';
import { csvFiles } from '../../sources';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const VERBS: Record<string, Verb<never>> = { status, windows, show, freshness, verify };

/** The main job as it is defined, over the first two days of its file and the first hour of the third: a day of too few rows. */
describe('the main job, cut to three days', () => {
  const here = process.cwd();
  const env = { ...process.env };
  const folder = mkdtempSync(path.join(tmpdir(), 'flights-'));
  let db: TestDatabase;
  let pipeline: Pipeline;

  beforeAll(async () => {
    writeFileSync(path.join(folder, 'flights.csv'), await firstDays());
    pipeline = { ...flights, source: csvFiles({ path: 'flights.csv' }), until: '2001-01-04T00:00:00Z' } as Pipeline;
    db = await testDatabase([airports, pipeline]);
    process.env['DATABASE_URL'] = db.url;
    process.env['WEIR_HOME'] = path.join(folder, '.weir');
    delete process.env['TEMPORAL_ADDRESS'];
    const runner = new ActivityRunner(db.database, [airports, pipeline]);
    await runner.run(airports, { start: '-infinity', end: 'infinity' });
    process.chdir(folder);
    for (const day of split('1d', historyOf(pipeline, '2001-02-01T00:00:00Z'))) await runner.run(pipeline, day);
    const at = (epoch: string): string => `timestamptz '2001-07-03T00:00Z' + ${epoch} * interval '1 minute'`;
    await db.database.query(
      `update weir.runs set workflow_id = pipeline || '/' || coalesce(to_char(window_start at time zone 'utc', 'YYYY-MM-DD'), 'whole'), started_at = ${at('epoch')}, ended_at = ${at('epoch')} + interval '0.25 s'`,
    );
    await db.database.query(`update weir.steps set ms = 4 * step`);
    await db.database.query(`update weir.windows set published_at = ${at('published_epoch')}`);
    await db.database.query(`update weir.deliveries set landed_at = ${at('epoch')}`);
  });
  afterAll(async () => {
    process.chdir(here);
    process.env = env;
    rmSync(folder, { recursive: true, force: true });
    await db.close();
  });

  /** What it prints; the machine's own time taken out. */
  async function said(words: string): Promise<string> {
    const [name, ...rest] = words.split(' ');
    let out = '';
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    try {
      await VERBS[name!]!(rest, {} as never, { pipelines: [airports, pipeline] } as never);
    } finally {
      write.mockRestore();
    }
    return out.replace(/from raw in [\d.]+ m?s/g, 'from raw in 1.0 s');
  }

  const SHOWN = [...readFileSync('docs/flights.md', 'utf8').matchAll(/^```\n\$ weir (.*)\n([^]*?)^```$/gm)].map(
    ([, words, lines]) => [words!, lines!],
  );

  test.each(SHOWN)('weir %s says what docs/flights.md shows, to the character', async (words, lines) => {
    const is = await said(words);
    if (process.env['WEIR_TEST_PRINT']) process.stderr.write(`\`\`\`\n$ weir ${words}\n${is}\`\`\`\n`);
    expect(is).toBe(lines);
  });

  test('the thin day is named by status, windows and show, and verify proves the rest', async () => {
    expect(await said('status flights')).toMatch(
      /flights: 1 window warns: .*2001-01-03 row_count\(min 10000\) of flights/,
    );
    expect(await said('windows flights')).toMatch(/2001-01-03 .*row_count\(min 10000\)/);
    expect(new Set(SHOWN.map(([words]) => words!.split(' ')[0]))).toEqual(new Set(Object.keys(VERBS)));
  });
});

/** As the source reads them; the file is in the order of time. */
async function firstDays(): Promise<string> {
  const [offer] = await flights.source.list({ start: '2001-01-01T00:00:00Z', end: '2001-01-02T00:00:00Z' });
  let text = '';
  for await (const chunk of flights.source.read(offer!)) {
    text += Buffer.from(chunk).toString('utf8');
    if (/2001-01-03[T ]01/.test(text)) break;
  }
  const lines = text.split('\n');
  return (
    lines
      .slice(
        0,
        lines.findIndex((line) => /2001-01-03[T ]01/.test(line)),
      )
      .join('\n') + '\n'
  );
}
