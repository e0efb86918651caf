import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pipeline } from '../../model';
import { cleaned, date, definePipeline, everyRecord, integer, numeric, text, timestamptz } from '../../model';
import type { Columns } from '../../model/definition/column';
import type { Dialect } from '../../model/definition/reading/dialect';
import { WHOLE } from '../../model/time/window';
import { csvFiles } from '../../sources';
import { liveDeliveries, reclean } from '../../store/inflow/reclean';
import { restoreOrigins } from '../../store/inflow/restoreOrigins';
import { retireOrigins } from '../../store/inflow/retireOrigins';
import { verifyRange } from '../../store/proof/verify';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const folder = mkdtempSync(path.join(tmpdir(), 'weir-dialects-'));
const file = path.join(folder, 'sales.csv');

const PLAIN = { id: integer(), name: text().nullable(), money: numeric().nullable() };
function sales(dialect?: Dialect, columns: Columns = PLAIN): Pipeline {
  return definePipeline({
    name: 'sales',
    description: 'tills',
    owners: ['tills@example.test'],
    source: csvFiles({ path: file, ...(dialect && { dialect }) }),
    window: 'whole',
    schedule: 'manual',
    deadLetters: { errorAbove: '100 %' },
    cleaned: cleaned({ name: 'sales', columns, key: everyRecord() }),
  });
}

describe('a dialect, from a file to its rows', () => {
  let test_: TestDatabase;
  beforeEach(async () => (test_ = await testDatabase([sales()])));
  afterEach(() => test_.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (pipeline: Pipeline): Promise<unknown> =>
    new ActivityRunner(test_.database, [pipeline]).run(pipeline, WHOLE);
  /** The live rows, after `verify` has found them equal to what raw says. */
  async function rows(pipeline: Pipeline): Promise<unknown[]> {
    const { compared, records } = await verifyRange(test_.database, [pipeline], pipeline, WHOLE, () => undefined);
    expect([compared.filter((one) => !one.equal), records.balanced]).toEqual([[], true]);
    return test_.database.query('select id, name, money from weir_cleaned.sales where _live order by _record');
  }
  const deliveries = async (): Promise<number> => (await test_.database.query('select from weir.deliveries')).length;

  test('a delimiter that was wrong is mended from raw, without the file', async () => {
    writeFileSync(file, 'id;name;money\n1;"a;\nb";2\n2;c;\n');
    await expect(run(sales())).rejects.toThrow(/"id" is missing/);
    rmSync(file);
    const right = sales({ delimiter: ';' });
    await run(right);
    expect(await rows(right)).toEqual([
      { id: 1, name: 'a;\nb', money: '2' },
      { id: 2, name: 'c', money: null },
    ]);
    // Cut by other records' ends: what was cut before is history.
    expect(await deliveries()).toBe(2);
  });

  test('what only cleaning asks is read again from the same raw', async () => {
    writeFileSync(file, Buffer.from('id,name,money\n1,\xfc,"1,5"\n2,NA,3\n', 'latin1'));
    await run(sales());
    expect(await rows(sales())).toEqual([{ id: 2, name: 'NA', money: '3' }]);
    rmSync(file);
    const right = sales({ encoding: 'windows-1252', decimal: ',', nulls: ['NA'] });
    await run(right);
    expect(await rows(right)).toEqual([
      { id: 1, name: 'ü', money: '1.5' },
      { id: 2, name: null, money: '3' },
    ]);
    expect(await deliveries()).toBe(1);
  });

  test('another header line, and back: records are those that the definition says', async () => {
    writeFileSync(file, 'of May\nid,name,money\n1,a,2\n');
    await expect(run(sales())).rejects.toThrow(/missing/);
    rmSync(file);
    const second = sales({ header: 2 });
    await run(second);
    expect(await rows(second)).toEqual([{ id: 1, name: 'a', money: '2' }]);
    const none = sales({ header: 3 });
    // A header without records says nothing of its names, but a window that it empties is held.
    expect(await run(none)).toMatchObject({ state: 'held' });
    await run(second);
    expect(await rows(second)).toEqual([{ id: 1, name: 'a', money: '2' }]);
  });

  test('a file that was only header comes to have records', async () => {
    writeFileSync(file, 'x,y,z\n1,a,2\nid,name,money\n');
    const last = sales({ header: 3 });
    await run(last);
    expect(await rows(last)).toEqual([]);
    const named = sales({ header: ['id', 'name', 'money'], skip: /^[a-z]/ });
    await run(named);
    expect(await rows(named)).toEqual([{ id: 1, name: 'a', money: '2' }]);
  });

  test('by hand nothing is cleaned that is cut otherwise, and a retired origin that comes back is cut by the next run', async () => {
    writeFileSync(file, '#a\nid,name,money\n1,a,2\n#b\n');
    await expect(run(sales())).rejects.toThrow(/missing/);
    const right = sales({ comment: '#' });
    const [delivery] = await liveDeliveries(test_.database, right, { range: WHOLE });
    const byHand = reclean(test_.database, right, delivery!, { by: 'test', why: 'comments' }, () => undefined);
    await expect(byHand).rejects.toMatchObject({
      name: 'Misused',
      next: expect.stringContaining('weir plan sales') as string,
    });
    const decision = { by: 'test', why: 'comments' };
    await retireOrigins(test_.database, right, [file], decision);
    await restoreOrigins(test_.database, right, [file], decision);
    await run(right);
    expect(await rows(right)).toEqual([{ id: 1, name: 'a', money: '2' }]);
  });

  test('UTF-16 lands as UTF-8: by its mark, or as it is said to be', async () => {
    const utf16 = Buffer.from('id,name,money\r\n1,Zoë 😀,2\r\n', 'utf16le');
    const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]);
    for (const [bytes, dialect] of [
      [marked, undefined],
      [Buffer.from(marked).swap16(), { encoding: 'windows-1252' }],
      [utf16, { encoding: 'utf-16le' }],
      [Buffer.from(utf16).swap16(), { encoding: 'utf-16' }],
    ] as const) {
      writeFileSync(file, bytes);
      const pipeline = sales(dialect);
      await run(pipeline);
      expect(await rows(pipeline)).toEqual([{ id: 1, name: 'Zoë 😀', money: '2' }]);
    }
    expect(await deliveries()).toBe(1);
    for (const [bytes, encoding] of [
      [Buffer.from('id,name,money\n'), 'utf-16'],
      [utf16, 'utf-16be'],
      [Buffer.concat([marked, Buffer.from([0])]), 'utf-16'],
    ] as const) {
      writeFileSync(file, bytes);
      await expect(run(sales({ encoding }))).rejects.toMatchObject({ name: 'SourceUnreadable' });
    }
  });

  test('a UTF-8 CSV with commas and its twin of another country have equal digests', async () => {
    const at = (written: ReturnType<typeof timestamptz>, day: ReturnType<typeof date>) => ({
      ...PLAIN,
      at: written,
      day,
    });
    const digest = async (pipeline: Pipeline): Promise<unknown> => {
      await run(pipeline);
      const read = await test_.database.query(
        "select md5(string_agg(t::text, e'\\n' order by _record)) as digest, count(*) from (select id, name, money::text, at, day, _record from weir_cleaned.sales where _live) t",
      );
      return read[0];
    };
    const records = Array.from({ length: 500 }, (_, i) => ({
      i,
      cents: (i * 7919) % 1_000_000,
      ms: Date.UTC(2024, 0, 1) + i * 61_123_000,
    }));
    const iso = (ms: number): string => new Date(ms).toISOString();
    writeFileSync(
      file,
      `id,name,money,at,day\n${records.map(({ i, cents, ms }) => `${i},"Müller, ${i} €",${(cents / 100).toFixed(2)},${iso(ms).slice(0, 16)}Z,${iso(ms).slice(0, 10)}`).join('\n')}\n`,
    );
    await test_.close();
    const plain = sales(undefined, at(timestamptz(), date()));
    test_ = await testDatabase([plain]);
    const first = await digest(plain);
    await test_.close();
    const local = new Intl.DateTimeFormat('de-DE', {
      timeZone: 'Europe/Berlin',
      dateStyle: 'medium',
      timeStyle: 'short',
    });
    const german = (cents: number): string =>
      (cents / 100)
        .toFixed(2)
        .replace('.', ',')
        .replace(/\B(?=(\d{3})+(?=,))/g, '.');
    const content = records.map(
      ({ i, cents, ms }) =>
        `${i};Müller, ${i} €;${german(cents)};${local.format(ms).replace(',', '')};${iso(ms).slice(0, 10).split('-').reverse().join('.')}`,
    );
    writeFileSync(
      file,
      Buffer.from(`Id;Name;Money;At;Day\r\n${content.join('\r\n')}\r\nSumme;;;;\r\n`.replaceAll('€', '\x80'), 'latin1'),
    );
    const twin = sales(
      { delimiter: ';', encoding: 'windows-1252', decimal: ',', thousands: '.', names: 'snake_case', skip: /^Summe/ },
      at(timestamptz().format('dd.MM.yyyy HH:mm').zone('Europe/Berlin'), date().format('dd.MM.yyyy')),
    );
    test_ = await testDatabase([twin]);
    expect(await digest(twin)).toEqual(first);
    expect(first).toMatchObject({ count: '500' });
  });
});
