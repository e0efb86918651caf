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
  if (row.state === 'retired') return decided('retired', row.retiredAt, row.retiredBy, row.retiredWhy);
  return [
    ...(row.state === 'vanished' ? ['not there any more; raw has it'] : []),
    ...(row.movedFrom === null ? [] : [`was ${row.movedFrom}`]),
    ...(row.restoredAt === null ? [] : [decided('restored', row.restoredAt, row.restoredBy, row.restoredWhy)]),
    ...(row.recleanedAt === null ? [] : [decided('cleaned again', row.recleanedAt, row.recleanedBy, row.recleanedWhy)]),
  ].join('; ');
}

const decided = (what: string, at: string | null, by: string | null, why: string | null): string =>
  `${what} ${at?.slice(0, 10)} by ${by}${why === null ? '' : `: ${why}`}`;
