import type { FoundFields } from '../../model/run/foundFields';
import type { Tx } from '../postgres/database';
import type { Batch } from '../inflow/batches';

/** Replaces what the ledger says of the fields of a batch's records, by segment. */
export async function recordFields(
  tx: Tx,
  { delivery, fromOrdinal, toOrdinal }: Batch,
  found: ReadonlyMap<number, FoundFields>,
): Promise<void> {
  for (const table of ['weir.new_fields', 'weir.seen_fields'])
    await tx.run(`delete from ${table} where delivery = $1 and ordinal >= $2 and ordinal < $3`, [
      delivery,
      fromOrdinal,
      toOrdinal,
    ]);
  const fresh = [...found].flatMap(([ordinal, of]) => of.fresh.map((field) => ({ ordinal, ...field })));
  if (fresh.length > 0)
    await tx.query(
      `insert into weir.new_fields (delivery, ordinal, path, type, records)
       select $1, (f ->> 'ordinal')::integer, array(select jsonb_array_elements_text(f -> 'path')), f ->> 'type', (f ->> 'records')::bigint
         from jsonb_array_elements($2::jsonb) f`,
      [delivery, JSON.stringify(fresh)],
    );
  const seen = [...found].flatMap(([ordinal, of]) => of.seen.map((field) => ({ ordinal, field })));
  if (seen.length > 0)
    await tx.query(
      `insert into weir.seen_fields (delivery, ordinal, field)
       select $1, * from unnest($2::integer[], $3::text[])
           on conflict do nothing`,
      [delivery, seen.map(({ ordinal }) => ordinal), seen.map(({ field }) => field)],
    );
}
