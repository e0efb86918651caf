import { counted } from '../../model/run/counted';
import { Misused } from '../../model/run/errors';
import { windowName } from '../../model/time/window';
import { deadLetterCounts, deadLettersOf } from '../../store/reports/runReport';
import { withLedger } from '../session/ledger';
import { anyWindowOf, pipelineNamed } from '../session/project';
import { printList } from '../terminal/print';
import { aligned } from '../terminal/table';
import type { Verb } from '../verb';

const DIMENSIONS = ['reason', 'column', 'window'] as const;
const SHOWN_BYTES = 200;

/** `weir dead-letters P`: the records that did not become rows, with their reason and their bytes. */
export const deadLetters: Verb<{ by?: string; window?: string; limit?: string }> = ([name], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const window = options.window === undefined ? null : anyWindowOf(pipeline, options.window);
  const limit = Number(options.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1)
    throw new Misused(`--limit ${options.limit} is not a whole number above 0`);
  const by = options.by as (typeof DIMENSIONS)[number] | undefined;
  if (by && !DIMENSIONS.includes(by)) throw new Misused(`--by ${by} is none of ${DIMENSIONS.join(', ')}`);
  return withLedger(async (database) => {
    if (by) {
      const counts = (await deadLetterCounts(database, pipeline.name, by)).map((row) => ({
        [by]: row.what ?? '(none)',
        records: Number(row.records),
        example: row.example ?? '',
      }));
      const sum = counts.reduce((total, row) => total + (row.records as number), 0);
      return printList(options, counts, () => [
        `${pipeline.name}: ${counted(sum, 'dead letter')}`,
        '',
        ...aligned(counts),
      ]);
    }
    const letters = (await deadLettersOf(database, pipeline.name, window?.start ?? null, limit)).map(
      ({ bytes, ...letter }) => ({
        ...letter,
        bytes: bytes.subarray(0, SHOWN_BYTES).toString('utf8').replaceAll('\0', '\u2400'),
      }),
    );
    printList(options, letters, () => [
      letters.length === 0
        ? `${pipeline.name}${window ? ` ${windowName(window)}` : ''}: no dead letters`
        : `${pipeline.name}: the first ${counted(letters.length, 'dead letter')}`,
      '',
      ...aligned(
        letters.map((letter) => ({
          origin: letter.origin,
          record: String(letter.record),
          column: letter.column ?? '',
          reason: letter.reason,
          value: letter.value ?? '',
          bytes: JSON.stringify(letter.bytes),
        })),
      ),
      ...(letters.length === limit ? ['', `More:  --limit ${limit * 10}, or counts with --by reason`] : []),
    ]);
  });
};
