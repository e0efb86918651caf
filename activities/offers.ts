import type { Pipeline } from '../model/definition/pipeline';
import type { Offer } from '../model/definition/source';
import { SourceMissing } from '../model/run/errors';
import type { Window } from '../model/time/window';
import { zoneOf } from '../model/time/window';
import { noteOffered } from '../store/ledger/originLife';
import { originStates } from '../store/ledger/origins';
import type { Database } from '../store/postgres/database';

/**
 * What the source has for `window`, and which of the origins that it names are gone though they are landed: raw has them, so that is a note.
 * @throws SourceMissing for one that is not there and was never landed.
 */
export async function offersOf(
  database: Database,
  pipeline: Pipeline,
  window: Window,
): Promise<{ offers: readonly Offer[]; gone: readonly string[] }> {
  const found = await listed(database, pipeline, window);
  const offered = found.offers.map(({ origin }) => origin);
  await noteOffered(database, pipeline.name, offered, found.gone);
  return found;
}

async function listed(
  database: Database,
  { name, source, window: grain }: Pipeline,
  window: Window,
): Promise<{ offers: readonly Offer[]; gone: readonly string[] }> {
  const zone = zoneOf(grain) ?? undefined;
  try {
    return { offers: await source.list(window, zone), gone: [] };
  } catch (error) {
    if (!(error instanceof SourceMissing) || !source.named) throw error;
  }
  // One is not there: they are asked for one by one.
  const origins = source.named(window, zone);
  const known = (await originStates(database, name, '', origins)).filter(
    ({ delivery, state }) => delivery !== null || state === 'retired',
  );
  const offers: Offer[] = [];
  const gone: string[] = [];
  for (const origin of origins) {
    try {
      const offer = await source.one(origin);
      if (offer) offers.push(offer);
    } catch (error) {
      const state = known.find((one) => one.origin === origin);
      if (!(error instanceof SourceMissing) || !state) throw error;
      if (state.state !== 'retired') gone.push(origin);
    }
  }
  return { offers, gone };
}
