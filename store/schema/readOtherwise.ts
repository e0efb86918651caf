import type { Parts } from '../../model/compile/differences';
import { READ_OTHERWISE } from '../../model/compile/fingerprint';
import type { Tx } from '../postgres/database';

/**
 * True when something that `pipeline` once cleaned would be read otherwise now, as far as the ledger can tell. Of `""` in a column that is not
 * text it can: each was a dead letter. Of the rest any row may be concerned.
 */
export async function isReadOtherwise(tx: Tx, pipeline: string, parts: Parts): Promise<boolean> {
  const reading = (parts['reading'] ?? []) as string[];
  if (reading.some((one) => one !== READ_OTHERWISE.empty)) return true;
  if (reading.length === 0) return false;
  const [row] = await tx.query<{ held: boolean }>(
    `select exists (select
                      from weir.dead_letters l
                     where l.pipeline = $1 and l.value = '' and l.column_name = any ($2) and l.reason like 'not a%') as held`,
    [pipeline, notText(parts)],
  );
  return row!.held;
}

// Columns as a fingerprint has them: name, type, and more.
const notText = (parts: Parts): string[] =>
  (parts['columns'] as [name: string, type: string][])
    .filter(([, type]) => type !== 'text' && type !== 'json')
    .map(([name]) => name);
