import { WHOLE, windowAt, windowName } from '../../model/time/window';
import { digestByWindow, digestOfTable } from '../../store/proof/tableDigests';
import { withLedger } from '../session/ledger';
import { tableNamed, windowOf } from '../session/project';
import { print, printList } from '../terminal/print';
import { aligned } from '../terminal/table';
import type { Verb } from '../verb';

/** `weir digest TABLE`: count and digest of its rows, in all, of one window, or of each. Same digest: same rows. */
export const digest: Verb<{ window?: string; byWindow?: boolean }> = ([name], options, project) => {
  const { pipeline, table, published } = tableNamed(project, name!);
  const window = options.window === undefined ? null : windowOf(pipeline, options.window);
  return withLedger(async (database) => {
    if (options.byWindow) {
      const rows = (await digestByWindow(database, pipeline, table, published)).map((row) => ({
        window: row.start === '-infinity' ? windowName(WHOLE) : windowName(windowAt(pipeline.window, row.start)),
        rows: row.rows,
        digest: row.digest,
      }));
      return printList(options, rows, () => aligned(rows));
    }
    const answer = await digestOfTable(database, table, published, window);
    print(options, { table: name, window: options.window ?? null, ...answer }, () => [answer.digest]);
  });
};
