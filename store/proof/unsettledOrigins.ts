import type { Pipeline } from '../../model/definition/pipeline';
import { movedAway } from '../ledger/originLife';
import { waitingDeliveries } from '../ledger/origins';
import type { Tx } from '../postgres/database';
import type { Compared } from './compared';

const SHOWN = 3;

/** Origins that count and that the source does not name any more: while there are some they may count twice, and nothing can be said to stand. */
export async function compareOrigins(tx: Tx, pipeline: Pipeline): Promise<Compared[]> {
  const moved = await movedAway(tx, pipeline);
  if (moved.length === 0) return [];
  return [
    {
      layer: 'raw',
      table: 'origins',
      window: 'range',
      equal: false,
      owed: `the source does not name them any more: weir plan ${pipeline.name} has the choices`,
      stored: `${moved.length} whose rows count`,
      recomputed: 'not named',
      differing: moved.slice(0, SHOWN).map((origin) => `stored ${origin}`),
    },
  ];
}

/** What is landed and not cleaned is in no table: they may all agree, and none of them has it. */
export async function compareWaiting(tx: Tx, pipeline: Pipeline): Promise<Compared[]> {
  const waiting = await waitingDeliveries(tx, pipeline.name);
  if (waiting.length === 0) return [];
  return [
    {
      ...{ layer: 'raw', table: 'deliveries', window: 'range', equal: false },
      owed: `${waiting[0]!.origin} is landed and waits to be cleaned`,
      stored: `${waiting.length} not cleaned`,
      recomputed: 'all cleaned',
      differing: waiting.slice(0, SHOWN).map(({ origin }) => `stored ${origin}`),
    },
  ];
}
