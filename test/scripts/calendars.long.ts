import type { ChildProcess } from 'node:child_process';
import type { Said } from './cliFixture';
import { CliFixture, ended } from './cliFixture';
import { ScratchProject } from './scratchProject';

const DAYS = 3;

/** One pipeline of readings, as its user writes it; `marts.rain_by` or another sink, in windows of one length or another. */
const definition = (of: { window: string; until?: string; sink?: string; without?: boolean }): string => `
import type { Pipeline } from '../model';
import { bigint, cleaned, curated, definePipeline, integer, sql, text, timestamptz } from '../model';
import { postgresTable } from '../sinks';
import { csvFiles } from '../sources';

const rain = cleaned({
  name: 'rain', columns: { at: timestamptz(), place: text(), mm: integer() }, key: ['at', 'place'], eventTime: 'at',
});
const rainBy = curated({
  name: 'rain_by', columns: { start: timestamptz(), place: text(), mm: bigint() }, key: ['start', 'place'],
  select: ({ window }) => sql\`
    select \${window.start} as start, r.place, sum(r.mm) as mm from \${rain} r where \${window.covers('r.at')} group by 1, 2\`,
});
const pipeline = definePipeline({
  name: 'rain', description: 'rain', owners: ['lab@example.test'], source: csvFiles({ path: 'data/rain.csv' }),
  window: '${of.window}', from: '2024-01-01', until: '${of.until ?? '2024-01-04'}', allowEmpty: true,
  cleaned: rain, curated: [rainBy], publish: [postgresTable(rainBy, '${of.sink ?? 'marts.rain_by'}')],
});
export const pipelines: readonly Pipeline[] = [${of.without ? '' : 'pipeline'}];
void pipeline;
`;

describe('a definition that changes, from the command line to the readers', () => {
  let cli: CliFixture;
  let project: ScratchProject;
  let worker: ChildProcess;
  beforeAll(async () => {
    project = new ScratchProject('calendars');
    const lines = Array.from(
      { length: DAYS * 2 },
      (_, i) => `2024-01-0${1 + (i >> 1)}T${i % 2 ? '13' : '01'}:00Z,a,${i}`,
    );
    project.write('data/rain.csv', ['at,place,mm', ...lines, ''].join('\n'));
    project.write('pipelines/index.ts', definition({ window: '1d' }));
    cli = await CliFixture.open(project.root);
    await cli.weir('migrate');
    worker = await cli.worker();
  });
  afterAll(async () => {
    await cli.close();
    project.remove();
  });

  /** Edits the definition, and starts the worker again with it. */
  async function become(of: Parameters<typeof definition>[0]): Promise<void> {
    project.write('pipelines/index.ts', definition(of));
    await ended(worker, 'SIGTERM');
    worker = await cli.worker();
  }
  const readers = async (relation = 'marts.rain_by'): Promise<string[]> =>
    (
      await cli.db.database.query<{ row: string }>(
        `select concat_ws(' ', start, mm) as row from ${relation} order by start`,
      )
    ).map(({ row }) => row.replace(':00:00+00', ''));
  /** Types what the plan says to type; what `apply` said. */
  async function apply(): Promise<Said> {
    const { hash } = (await cli.weir('plan --json')).json[0] as { hash: string };
    return cli.weir(`apply ${hash}`);
  }

  const WHOLE_DAYS = ['2024-01-01 00 1', '2024-01-02 00 5', '2024-01-03 00 9'];

  test('days become half days: staged by what runs them, published by apply, all at once', async () => {
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await readers()).toEqual(WHOLE_DAYS);

    await become({ window: '12h' });
    const run = await cli.weir('run rain 2024-01-01T12');
    expect([run.code, run.err]).toEqual([3, '']);
    expect(run.out).toMatch(/^staged 1 row in /m);
    expect(run.out).toContain(
      'rain: readers see the former calendar whole; 1 of the 6 windows that replace it are staged',
    );
    expect(run.out).toMatch(/Next: {2}weir plan rain, then weir apply HASH rain/);
    const backfill = await cli.weir('backfill rain 2024-01-01..2024-01-04');
    expect(backfill.code).toBe(3);
    expect(backfill.out).not.toMatch(/published in/);
    expect(backfill.out).toContain('6 of the 6 windows that replace it are staged');
    expect((await cli.weir('status')).code).toBe(3);
    expect((await cli.weir('verify rain')).code).toBe(3);
    expect((await cli.weir('windows rain')).out).toMatch(/2024-01-01T12 +staged/);
    expect(await readers()).toEqual(WHOLE_DAYS);
    const plan = await cli.weir('plan');
    expect(plan.out).toContain('3 windows of another calendar in marts.rain_by: 2024-01-01, 2024-01-02, 2024-01-03');
    expect(plan.out).toMatch(/6 windows replace them: their runs stage, then apply publishes all in one transaction/);

    expect(await apply()).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^applied: all stand as defined/) as string,
    });
    expect(await readers()).toHaveLength(DAYS * 2);
    expect((await cli.weir('plan')).out).toMatch(/^nothing to do/);
    expect((await cli.weir('status')).code).toBe(0);
    expect((await cli.weir('verify rain')).code).toBe(0);
  });

  test('apply stages and publishes by itself, and takes away what nothing replaces', async () => {
    await become({ window: '1d', until: '2024-01-03' });
    const applied = await apply();
    expect([applied.code, applied.out]).toEqual([0, expect.stringMatching(/^applied: all stand as defined/)]);
    expect(await readers()).toEqual(WHOLE_DAYS.slice(0, 2));
    expect((await cli.weir('verify rain')).code).toBe(0);

    await become({ window: '1d', until: '2024-01-02' });
    expect((await cli.weir('plan')).out).toContain('nothing replaces them: apply takes their rows away');
    expect((await cli.weir('verify rain')).code).toBe(3);
    expect((await apply()).code).toBe(0);
    expect(await readers()).toEqual(WHOLE_DAYS.slice(0, 1));
    expect((await cli.weir('plan')).out).toMatch(/^nothing to do/);
    expect((await cli.weir('verify rain')).code).toBe(0);
  });

  test('a sink that is dropped is forgotten, a pipeline that is removed too: their rows stay', async () => {
    await become({ window: '1d', until: '2024-01-02', sink: 'marts.other' });
    expect((await cli.weir('plan')).out).toContain('marts.rain_by is published to by nothing any more');
    const applied = await apply();
    expect([applied.code, applied.out]).toEqual([0, expect.stringContaining('marts.rain_by is forgotten')]);
    expect(await readers('marts.other')).toEqual(await readers());
    await become({ window: '1d', without: true });
    expect((await cli.weir('plan')).out).toContain('1 window published by rain, which is defined no more');
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await readers('marts.other')).toEqual(await readers());
    expect((await cli.weir('plan')).out).toMatch(/^nothing to do/);
  });
});
