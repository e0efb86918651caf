import { counted } from '../../model/run/counted';
import { originRows } from '../../store/ledger/originLife';
import { withLedger } from '../session/ledger';
import { pipelineNamed } from '../session/project';
import { printList } from '../terminal/print';
import { aligned } from '../terminal/table';
import type { Verb } from '../verb';

/** `weir origins P`: what the source named, how each stands, and the delivery that counts. */
export const origins: Verb = ([name], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  return withLedger(async (database) => {
    const rows = await originRows(database, pipeline);
    printList(options, rows, () => [
      rows.length === 0
        ? `${pipeline.name}: nothing was landed yet`
        : `${pipeline.name}: ${counted(rows.length, 'origin')}`,
      ...aligned(
        rows.map((row) => ({
          origin: row.origin,
          state: row.state !== 'retired' && row.named === false ? 'moved away' : row.state,
          version: row.version ?? '',
          delivery: row.delivery ?? '',
          records: row.records ?? '',
          landed: row.landedAt?.slice(0, 16) ?? '',
          note: noteOf(row),
        })),
        '  ',
      ),
    ]);
  });
};

function noteOf(row: Awaited<ReturnType<typeof originRows>>[number]): string {
  if (row.retiredAt !== null)
    return `retired ${row.retiredAt.slice(0, 10)} by ${row.retiredBy}${row.retiredWhy === null ? '' : `: ${row.retiredWhy}`}`;
  if (row.state === 'vanished') return 'not there any more; raw has it';
  return row.movedFrom === null ? '' : `was ${row.movedFrom}`;
}
