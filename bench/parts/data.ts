import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { parquetFiles } from '../../sources/index';

/** One million real flights as CSV, without header, and the same with 0.5 % malformed records and 1 % repeats. */
export interface BenchFiles {
  readonly clean: string;
  readonly dirty: string;
  readonly lines: number;
}

const LINES = 1_000_000;
const HEADER = 'date,delay,distance,origin,destination\n';
const BROKEN = [
  (fields: string[]) => [fields[0]!, 'N/A', ...fields.slice(2)],
  (fields: string[]) => ['2001-13-45T99:00:00Z', ...fields.slice(1)],
  (fields: string[]) => [...fields.slice(0, 3), '', fields[4]!],
  (fields: string[]) => fields.slice(0, 3),
  (fields: string[]) => [fields[0]!, fields[1]!, '99999999999', ...fields.slice(3)],
];

/** Writes the files into `folder` once; deterministic, so that runs on different days compare. */
export async function benchFiles(folder: string): Promise<BenchFiles> {
  mkdirSync(folder, { recursive: true });
  const files = { clean: path.join(folder, 'clean-v1.csv'), dirty: path.join(folder, 'dirty-v1.csv'), lines: LINES };
  if (existsSync(files.clean) && existsSync(files.dirty)) return files;
  const source = parquetFiles({ path: 'node_modules/vega-datasets/data/flights-3m.parquet' });
  const [offer] = await source.list({ start: '-infinity', end: 'infinity' });
  const clean = createWriteStream(`${files.clean}.part`);
  const dirty = createWriteStream(`${files.dirty}.part`);
  dirty.write(HEADER);
  const chance = lehmer(12345);
  const recent: string[] = [];
  let written = 0;
  let rest = '';
  reading: for await (const chunk of source.read(offer!)) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop()!;
    let good = '';
    let soiled = '';
    for (const line of lines) {
      if (line.startsWith('date,')) continue;
      good += `${line}\n`;
      const x = chance();
      soiled +=
        x < 0.005 ? `${BROKEN[Math.floor(chance() * BROKEN.length)]!(line.split(',')).join(',')}\n` : `${line}\n`;
      recent[written % 997] = line;
      if (x > 0.99) soiled += `${recent[Math.floor(chance() * Math.min(997, written + 1))]!}\n`;
      if (++written === LINES) break;
    }
    if (!clean.write(good)) await once(clean, 'drain');
    if (!dirty.write(soiled)) await once(dirty, 'drain');
    if (written === LINES) break reading;
  }
  for (const stream of [clean, dirty]) {
    stream.end();
    await once(stream, 'close');
  }
  renameSync(`${files.clean}.part`, files.clean);
  renameSync(`${files.dirty}.part`, files.dirty);
  return files;
}

// Lehmer's generator (Park and Miller, 1988): the same sequence everywhere.
function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
