import type { Unsettled } from '../../model/compile/blocked';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Window } from '../../model/time/window';
import { split } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { compiled } from '../ledger/fingerprint';
import { knownWindows } from '../ledger/windows';

/**
 * The windows of `range` that are not published as they should be: missing, running, failed or held; and stale ones where `stale` says so
 * (published under other checks alone is not stale).
 */
export async function unsettledWindows(
  on: Pick<Tx, 'query'>,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  range: Window,
  { stale }: { readonly stale: boolean },
): Promise<Unsettled[]> {
  const known = await knownWindows(on, { register, pipeline }, compiled(pipeline), range);
  return split(pipeline.window, range).flatMap((window) => {
    const found = known.get(window.start);
    const state = found?.state ?? 'missing';
    const why = state !== 'published' ? state : found?.stale && found.stale !== 'checks' && stale ? 'stale' : null;
    return why === null ? [] : [{ pipeline: pipeline.name, window, why }];
  });
}
