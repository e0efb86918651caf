import { createReadStream } from 'node:fs';
import { Cleaner } from '../../cleaning/cleaner';
import { csvForm } from '../../cleaning/framing/csvForm';
import { cutSegments } from '../../cleaning/framing/segments';
import { cleaned, everyRecord, integer, numeric, text, timestamptz } from '../../model/index';
import type { Columns } from '../../model/definition/column';
import type { Dialect } from '../../model/definition/reading/dialect';
import type { Ratio } from '../measuring';
import { interleaved } from '../measuring';
import type { BenchFiles } from './data';

const LINES = 400_000;
const GERMAN: Dialect = { delimiter: ';', encoding: 'windows-1252', decimal: ',' };

/** Bytes to rows of the first clean flights, in processor time and without a database: as plain CSV, and as its twin of another country. */
export async function dialect(files: BenchFiles, rounds: number, ratios: Ratio[]): Promise<void> {
  const plain: string[] = [];
  const german: string[] = [];
  let rest = '';
  for await (const chunk of createReadStream(files.clean, 'utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    for (const line of lines.slice(0, LINES - plain.length)) {
      const [at, delay, distance, origin] = line.split(',') as [string, string, string, string];
      const money = `${distance}.50`;
      plain.push(`${at.slice(0, 10)} ${at.slice(11, 19)},${delay},${money},${origin},Mueller`);
      const day = at.slice(0, 10).split('-').reverse().join('.');
      german.push(`${day} ${at.slice(11, 19)};${delay};${money.replace('.', ',')};${origin};M\xfcller`);
    }
    if (plain.length === LINES) break;
  }
  const columns = { at: timestamptz(), delay: integer(), money: numeric(), origin: text(), name: text() };
  const local = timestamptz().format('dd.MM.yyyy HH:mm:ss').zone('Etc/GMT-1');
  const header = Object.keys(columns);
  const bytes = {
    plain: Buffer.from(`${[header.join(','), ...plain.splice(0)].join('\n')}\n`, 'latin1'),
    german: Buffer.from(`${[header.join(';'), ...german.splice(0)].join('\n')}\n`, 'latin1'),
  };
  const results = await interleaved(
    [
      { name: 'plain', run: () => cleaning(columns, bytes.plain) },
      { name: 'dialect', run: () => cleaning({ ...columns, at: local }, bytes.german, GERMAN) },
    ],
    rounds,
  );
  const [of, limit] = [results.get('dialect')!, results.get('plain')!];
  ratios.push({ measure: 'clean a dialect / plain CSV (processor)', of, limit, bar: 1.15 });
}

async function cleaning(columns: Columns, bytes: Buffer, said?: Dialect): Promise<number> {
  const table = cleaned({ name: 'sales', columns, key: everyRecord() });
  const began = process.cpuUsage();
  let cleaner: Cleaner | undefined;
  for await (const piece of cutSegments('csv', oneByOne(bytes), { dialect: said })) {
    if (piece.kind === 'preamble') {
      const { framing, fields } = piece;
      const form = csvForm(said, piece.bytes);
      cleaner = new Cleaner({ table, format: 'csv', framing, fields, form, grain: 'whole', delivery: 1 });
    } else for (const rows of cleaner!.feed(piece)) void rows;
  }
  if (cleaner!.rows !== LINES) throw new Error(`${cleaner!.rows} rows of ${LINES}`);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

async function* oneByOne(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1 << 20) yield await Promise.resolve(bytes.subarray(at, at + (1 << 20)));
}
