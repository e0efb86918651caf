import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { cleanSample } from '../../cleaning/cleanSample';
import type { Pipeline } from '../../model';
import { cleaned, definePipeline, integer, text, timestamptz } from '../../model';
import { parseWindow } from '../../model/time/window';
import { sampleGate } from '../../scripts/session/sampleGate';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import { testDatabase } from '../../testing/testDatabase';

describe('weir contract', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-contract-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, bytes: string | Buffer): string => {
    writeFileSync(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  /** No server is where these say; whoever asks one fails. */
  const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const weir = (...words: string[]) => {
    const said = spawnSync(process.execPath, ['scripts/launch/weir.mjs', 'contract', ...words], {
      encoding: 'utf8',
      env: { ...process.env, ...nowhere },
    });
    return { code: said.status, out: said.stdout, err: said.stderr };
  };
  const HEADER = 'iata,name,city,state,country,latitude,longitude\n';
  const airport = (n: number, latitude: number | string = 40): string => `A${n},n,c,s,USA,${latitude},-70\n`;
  const airports = (good: number, ...bad: string[]): string =>
    HEADER + Array.from({ length: good }, (_, n) => airport(n)).join('') + bad.join('');

  test('says what a source promises', () => {
    const { code, out } = weir('airports');
    expect([code, out]).toEqual([0, expect.stringMatching(/CSV \(RFC 4180\).*\n.*\n.*\n\nairports .*key iata\n/)]);
    expect(out).toMatch(/ latitude +float +never +latitude +degree +WGS 84/);
    expect(out).toMatch(/ city +text +may be +city by na-is-null@1 /);
    const daily = JSON.parse(weir('flights', '--table', 'airport_daily', '--json').out) as { tables: unknown[] };
    expect(daily.tables).toEqual([
      expect.objectContaining({ table: 'airport_daily', key: ['flight_date', 'origin'], eventTime: null }),
    ]);
  });

  test('a good file: exit 0, its rows, and what is not asked without a database', () => {
    const { code, out, err } = weir('airports', '--check', file('good.csv', airports(200, airport(200, 91))));
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/good\.csv: 201 records \(.*\), 200 rows, 1 dead letter\nthe gate on dead letters would stay/);
    expect(out).toMatch(/not asked here, since they need PostgreSQL: not_null\(city\), row_count/);
  });

  test('a gate that would close: exit 3, the limit, the reasons by number, the first records', () => {
    const bad = file('bad.csv', airports(3, 'A,B\n', airport(8, 'north'), airport(9, 'south')));
    const { code, out } = weir('airports', '--check', bad);
    expect(code).toBe(3);
    expect(out).toMatch(/the gate would close: readers of airports would keep what they have/);
    expect(out).toMatch(/closes {2}dead_letters\(at most 20 %\): the file has 3 of 6 records, the first: 2 fields/);
    expect(out).toMatch(/ 2 +latitude +not a number\n +1 +2 fields instead of 7/);
    const json = JSON.parse(weir('airports', '--check', bad, '--json').out) as object;
    expect(json).toMatchObject({
      ...{ pipeline: 'airports', file: bad, format: 'csv', records: 6, rows: 3, deadLetters: 3 },
      reasons: [
        { column: 'latitude', reason: 'not a number', records: 2 },
        { column: null, reason: '2 fields instead of 7', records: 1 },
      ],
      first: [{ record: 3 }, { record: 4, value: 'north' }, { record: 5, bytes: 'A9,n,c,s,USA,south,-70' }],
      gate: { closed: true, above: [{ severity: 'warn' }, { severity: 'error', deadLetters: 3, records: 6 }] },
    });
  });

  test('a header that breaks the contract: exit 1, as a run of it would', () => {
    const { code, err } = weir('airports', '--check', file('renamed.csv', airports(3).replace('city', 'town')));
    expect([code, err]).toEqual([1, expect.stringMatching(/"city" is missing \(is it "town" now\?\)/)]);
    expect(err).toMatch(/Still true: nothing was landed/);
  });

  test.each<[string, string[], RegExp]>([
    ['no such file', ['airports', '--check', '/nowhere/x.csv'], /x\.csv is not there/],
    ['no such pipeline', ['airport', '--check', 'x'], /did you mean 'airports'\?/],
    ['no such table', ['flights', '--table', 'airport_dayly'], /did you mean 'airport_daily'\?/],
    ['a computed table', ['flights', '--check', 'x', '--table', 'airport_daily'], /files are read into flights/],
    [
      'gzip by another name',
      ['airports', '--check', file('gzipped.csv', gzipSync(airports(1)))],
      /it is gzip.*reads csv files/,
    ],
    ['bzip2', ['airports', '--check', file('good.csv.bz2', 'BZh9')], /its name says bzip2/],
    ['CSV for Parquet', ['flights', '--check', file('flights.csv', 'a\n1\n')], /Parquet.*reads parquet files/],
  ])('%s: exit 2, and no database is asked', (_, words, message) => {
    const { code, out, err } = weir(...words);
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(message)]);
  });
});

describe('the gate of a sample', () => {
  const files = new MemoryFiles('csv');
  const readings = cleaned({
    name: 'readings',
    columns: { at: timestamptz(), sensor: text(), value: integer() },
    key: ['at', 'sensor'],
    eventTime: 'at',
  });
  const pipeline: Pipeline = definePipeline({
    ...{ name: 'readings', description: 'readings', owners: ['lab@example.test'], source: files, window: '1d' },
    ...{ from: '2024-05-01T00:00:00Z' as never, cleaned: readings },
  });
  const hours = (day: number, bad: number): string =>
    Array.from({ length: 20 }, (_, n) => `2024-05-0${day}T01:00:${10 + n}Z,s,${n < bad ? 'x' : n}\n`).join('');

  test.each([
    [0, 0, []],
    [1, 0, []],
    [4, 4, []],
    [5, 0, ['2024-05-01']],
    [20, 0, ['the file', '2024-05-01']],
  ])('%i and %i of 20 records of two days: closed by %j, as by the ledger', async (first, second, closedBy) => {
    files.write('a.csv', `at,sensor,value\n${hours(1, first)}${hours(2, second)}`);
    const [offer] = await files.list();
    const sample = await cleanSample(pipeline, files.read(offer!));
    const { closed, above } = sampleGate(pipeline, sample);
    expect(above.filter(({ severity }) => severity === 'error').map(({ what }) => what)).toEqual(closedBy);
    const test_ = await testDatabase([pipeline]);
    try {
      const runner = new ActivityRunner(test_.database, [pipeline]);
      const outcome = await runner.run(pipeline, parseWindow('1d', '2024-05-01'));
      expect(outcome.state).toBe(closed ? 'held' : 'published');
      const [ledger] = await test_.database.query(
        `select sum(rows)::integer as rows, sum(dead)::integer as dead from weir.segment_windows`,
      );
      expect(ledger).toEqual({ rows: sample.rows, dead: sample.deadLetters });
    } finally {
      await test_.close();
    }
  });
});
