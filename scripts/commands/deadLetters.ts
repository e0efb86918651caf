import { charactersIn } from '../../cleaning/framing/characters';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Encoding } from '../../model/definition/reading/encoding';
import { isSingleByte } from '../../model/definition/reading/encoding';
import { counted } from '../../model/run/counted';
import { Misused } from '../../model/run/errors';
import { windowName } from '../../model/time/window';
import type { Database } from '../../store/postgres/database';
import type { DeadLetterRow, LettersOf } from '../../store/reports/deadLetters';
import { deadLetterCounts, deadLettersOf } from '../../store/reports/deadLetters';
import { withLedger } from '../session/ledger';
import { anyWindowOf, pipelineNamed } from '../session/project';
import { printList } from '../terminal/print';
import { aligned, count } from '../terminal/table';
import type { GlobalOptions, Verb } from '../verb';

const DIMENSIONS = ['reason', 'column', 'window'] as const;
type Dimension = (typeof DIMENSIONS)[number];

const SHOWN_BYTES = 200;

/** `weir dead-letters P`: the records that did not become rows, with their reason and their bytes. */
export const deadLetters: Verb<{ by?: string; window?: string; limit?: string }> = ([name], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const asked = lettersAsked(pipeline, options.window);
  const limit = Number(options.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1)
    throw new Misused(`--limit ${options.limit} is not a whole number above 0`);
  const by = options.by as Dimension | undefined;
  if (by && !DIMENSIONS.includes(by)) throw new Misused(`--by ${by} is none of ${DIMENSIONS.join(', ')}`);
  return withLedger(async (database) => {
    if (by) return printCounts(database, pipeline, by, options);
    const parts = await Promise.all(
      asked.map(async (of) => ({ of, ...(await deadLettersOf(database, pipeline, of, limit)) })),
    );
    const letters = parts.flatMap(({ first }) => first);
    const all = parts.reduce((sum, part) => sum + part.all, 0);
    printList(
      options,
      letters.map((letter) => ({ ...letter, bytes: letter.bytes.toString('base64') })),
      () => [
        ...parts
          .filter(({ of, all }) => all > 0 || of !== 'none' || asked.length === 1)
          .flatMap(({ of, all, first }, i) => [
            ...(i === 0 ? [] : ['']),
            `${pipeline.name}${whichWords(pipeline, of, options.window)}: ${howMany(first.length, all)}`,
            ...(first.length > 0 ? ['', ...aligned(first.map((letter) => cells(pipeline, letter, of)))] : []),
          ]),
        ...(letters.length < all ? ['', `More:  --limit ${limit * 10}, or counts with --by reason`] : []),
      ],
    );
  });
};

/** Those of windows, and apart those of none; or what was asked for. */
function lettersAsked(pipeline: Pipeline, window: string | undefined): LettersOf[] {
  if (window === undefined) return ['windows', 'none'];
  return window === 'none' ? ['none'] : [{ start: anyWindowOf(pipeline, window).start }];
}

function whichWords(pipeline: Pipeline, of: LettersOf, window: string | undefined): string {
  if (of === 'none') return ', without a window (no event time could be read)';
  return window === undefined ? '' : ` ${windowName(anyWindowOf(pipeline, window))}`;
}

/** `no dead letters`, `3 dead letters`, `first 5 of 150 dead letters`. */
const howMany = (shown: number, all: number): string =>
  all === 0
    ? 'no dead letters'
    : shown < all
      ? `first ${count(shown)} of ${counted(all, 'dead letter')}`
      : counted(all, 'dead letter');

const cells = (
  { source }: Pipeline,
  { origin, record, window, column, reason, value, bytes }: DeadLetterRow,
  of: LettersOf,
) => ({
  origin,
  record: String(record),
  ...(of === 'windows' && { window }),
  column: column ?? '',
  reason,
  value: value ?? '',
  // In the characters of the file; --json has the bytes.
  bytes: JSON.stringify(shown(source.dialect?.encoding, bytes.subarray(0, SHOWN_BYTES)).replaceAll('\0', '\u2400')),
});

// What is UTF-16 lands as UTF-8.
const shown = (encoding: Encoding | undefined, bytes: Buffer): string =>
  charactersIn(isSingleByte(encoding) ? encoding : 'utf-8').shown(bytes, 0, bytes.length);

async function printCounts(
  database: Database,
  pipeline: Pipeline,
  by: Dimension,
  options: GlobalOptions,
): Promise<void> {
  const counts = (await deadLetterCounts(database, pipeline, by)).map((row) => ({
    [by]: row.what ?? '(none)',
    records: Number(row.records),
    example: row.example ?? '',
  }));
  const sum = counts.reduce((total, row) => total + (row.records as number), 0);
  const apart = by === 'window' ? counts.filter((row) => row['window'] === '(none)') : [];
  printList(options, counts, () => [
    `${pipeline.name}: ${counted(sum, 'dead letter')}`,
    '',
    ...aligned(counts.filter((row) => !apart.includes(row))),
    ...apart.map(
      (row) =>
        `without a window: ${counted(row.records as number, 'dead letter')}:  weir dead-letters ${pipeline.name} --window none`,
    ),
  ]);
}
