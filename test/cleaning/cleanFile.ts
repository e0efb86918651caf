import { Cleaner } from '../../cleaning/cleaner';
import type { CsvForm } from '../../cleaning/framing/csvForm';
import { PLAIN_CSV, csvForm } from '../../cleaning/framing/csvForm';
import { Framer } from '../../cleaning/framing/framer';
import type { Bounds, Framing } from '../../cleaning/framing/framing';
import { cutSegments } from '../../cleaning/framing/segments';
import type { ReferenceRecord } from '../../cleaning/reference/reference';
import { reference } from '../../cleaning/reference/reference';
import type { Cleaned } from '../../model';
import type { PathValues } from '../../model/definition/paths/pathPattern';
import type { Dialect } from '../../model/definition/reading/dialect';
import type { Format } from '../../model/definition/source';
import type { AbsentField } from '../../model/run/absentField';
import type { DeadLetter } from '../../model/run/deadLetter';

/** A file as cleaned: COPY data, what was set aside, and how it lay in raw. */
export interface CleanedFile {
  readonly copy: Buffer;
  readonly letters: DeadLetter[];
  readonly absent: readonly AbsentField[];
  readonly records: number;
  readonly fields: readonly string[];
  readonly framing: Framing;
  readonly form: CsvForm;
  readonly segments: readonly Buffer[];
  /** How often whoever fed the cleaner got its turn. */
  readonly turns: number;
}

interface Cut extends Partial<Bounds> {
  readonly dialect?: Dialect;
  readonly chunkBytes?: number;
  readonly segmentBytes?: number;
  readonly path?: PathValues;
}

export async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

/** Lands and cleans `bytes` without a database. Every byte must be in a segment, and records numbered alike by both. */
export async function cleanFile(
  table: Cleaned,
  format: Format,
  bytes: Buffer,
  { chunkBytes = 1 << 20, path = {}, ...cut }: Cut = {},
): Promise<CleanedFile> {
  let cleaner: Cleaner | undefined;
  let fields: readonly string[] = [];
  let framing: Framing | undefined;
  let form: CsvForm = PLAIN_CSV;
  const copy: Buffer[] = [];
  const segments: Buffer[] = [];
  const all: Buffer[] = [];
  for await (const piece of cutSegments(format, chunked(bytes, chunkBytes), cut)) {
    all.push(piece.bytes);
    if (piece.kind === 'preamble') {
      ({ fields, framing } = piece);
      form = csvForm(cut.dialect, piece.bytes);
      const grain = table.eventTime ? '1d' : 'whole';
      cleaner = new Cleaner({ table, format, framing, fields, form, grain, delivery: 7, path });
      continue;
    }
    if (piece.records > 0) segments.push(piece.bytes);
    const before = cleaner!.records;
    expect(piece.firstRecord).toBe(before);
    copy.push(...cleaner!.feed(piece));
    expect(cleaner!.records - before).toBe(piece.records);
  }
  expect(Buffer.concat(all).equals(bytes)).toBe(true);
  const turns = copy.length;
  copy.push(cleaner!.finish());
  const { records } = cleaner!;
  const letters = cleaner!.takeDeadLetters();
  const { absent } = cleaner!;
  return { copy: Buffer.concat(copy), letters, absent, records, fields, framing: framing!, form, segments, turns };
}

/** The same file by the plain reference, its segments cut once more where records end, as `verify` reads them. */
export async function referFile(
  table: Cleaned,
  format: Format,
  { framing, fields, form, segments }: CleanedFile,
  pieceBytes = 256 * 1024,
  path: PathValues = {},
): Promise<ReferenceRecord[]> {
  const referred: ReferenceRecord[] = [];
  const bytes = cutAgain(segments, framing, pieceBytes);
  for await (const one of reference({ table, format, framing, fields, form, bytes, path })) referred.push(one);
  return referred;
}

async function* cutAgain(segments: readonly Buffer[], framing: Framing, size: number): AsyncGenerator<Buffer> {
  for (const bytes of segments) {
    const framer = new Framer(bytes, framing, true);
    const found = { start: 0, end: 0, next: 0 };
    let start = 0;
    while (framer.find(found.next, found)) {
      if (found.next - start < size) continue;
      yield await Promise.resolve(bytes.subarray(start, found.next));
      start = found.next;
    }
    if (start < bytes.length) yield bytes.subarray(start);
  }
}
