import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import tills, { receipts } from '../../examples/tills/tills';
import { charactersIn } from '../../cleaning/framing/characters';
import type { Pipeline } from '../../model';
import { cleaned, definePipeline, timestamptz } from '../../model';
import { historyOf } from '../../model/definition/pipeline';
import { split } from '../../model/time/window';
import { csvFiles } from '../../sources';
import { digestOfTable } from '../../store/proof/tableDigests';
import { ActivityRunner } from '../../testing/activityRunner';
import { testDatabase } from '../../testing/testDatabase';
import { zstdOf } from '../sources/zstdOf';

const DROPS = 'examples/tills/drops';

/** What a till would have written in UTF-8 with commas, points and ISO times, and no totals. */
function twinOf(file: string): Buffer {
  const bytes = gunzipSync(readFileSync(file));
  const written = charactersIn('windows-1252').text(bytes, 0, bytes.length)!;
  const rows = parse(written, { delimiter: ';', relax_quotes: true }) as string[][];
  const line = (fields: string[]): string =>
    fields.map((field) => (/[,"]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
  const plain = ([receipt, pos, at, article, pieces, amount, paid, voucher]: string[]): string =>
    line([
      ...[receipt!, pos!, at!.replace(/^(\d\d)\.(\d\d)\.(\d{4}) /, '$3-$2-$1T'), article!, pieces!],
      ...[amount!.replace('.', '').replace(',', '.'), paid!, voucher === '-' ? '' : voucher!],
    ]);
  const header = 'beleg_nr,pos,datum,artikel,menge,betrag,zahlart,gutschein';
  const records = rows.slice(1).filter(([first]) => first !== 'Summe');
  return Buffer.from([header, ...records.map(plain), ''].join('\n'));
}

describe('the shop tills and their twin in UTF-8, with commas', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-twin-'));
  const twin = cleaned({
    name: 'receipts',
    columns: { ...receipts.columns, sold_at: timestamptz().from('datum').zone('Europe/Berlin') },
    key: ['store', 'receipt', 'line'],
    eventTime: 'sold_at',
  });

  beforeAll(async () => {
    for (const day of readdirSync(DROPS)) {
      mkdirSync(path.join(folder, day));
      for (const file of readdirSync(path.join(DROPS, day))) {
        const text = twinOf(path.join(DROPS, day, file));
        writeFileSync(path.join(folder, day, file.replace('.gz', '')), text);
        writeFileSync(path.join(folder, day, file.replace('.gz', '.zst')), await zstdOf(text));
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const twinIn = (ending: string): Pipeline =>
    definePipeline({
      name: 'tills',
      description: 'the same receipts, written otherwise',
      owners: ['shops@example.test'],
      source: csvFiles({ path: `${folder}/{date}/store_{store}_*.csv${ending}`, missing: 'empty' }),
      window: tills.window,
      from: tills.from!,
      until: tills.until!,
      deadLetters: tills.deadLetters!,
      cleaned: twin,
    });

  /** Count and digest of the receipts, and what became no receipt. */
  async function landed(pipeline: Pipeline): Promise<unknown> {
    const db = await testDatabase([pipeline]);
    try {
      const runner = new ActivityRunner(db.database, [pipeline]);
      for (const day of split(pipeline.window, historyOf(pipeline, pipeline.until!))) await runner.run(pipeline, day);
      const letters = await db.database.query(
        `select record, column_name, reason, value from weir.dead_letters order by record, column_name`,
      );
      return { ...(await digestOfTable(db.database, pipeline.cleaned, undefined, null)), letters };
    } finally {
      await db.close();
    }
  }

  test('have equal digests and equal dead letters: windows-1252 in .gz, UTF-8 as it is, UTF-8 in .zst', async () => {
    const original = await landed(tills);
    expect(original).toMatchObject({ rows: 16 });
    const letters = (original as { letters: { value: string }[] }).letters;
    const inIso = letters.map((one) => ({
      ...one,
      value: one.value.replace('27.10.2024 02:30', '2024-10-27T02:30').replace('€ 7,96', '€ 7.96'),
    }));
    const expected = { ...(original as object), letters: inIso };
    expect(await landed(twinIn(''))).toEqual(expected);
    expect(await landed(twinIn('.zst'))).toEqual(expected);
  });
});
