import { pathPattern } from '../model/definition/paths/pathPattern';
import type { Pipeline } from '../model/definition/pipeline';
import type { Listed, Offer, Survey } from '../model/definition/source';
import { SourceMissing } from '../model/run/errors';
import type { Window } from '../model/time/window';
import { zoneOf } from '../model/time/window';
import { landedOrigins, noteOffered } from '../store/ledger/originLife';
import { originStates } from '../store/ledger/origins';
import type { Database } from '../store/postgres/database';

/** What a run finds at its source. */
export interface Found {
  readonly offers: readonly Offer[];
  /** Named and not there, though they are landed: raw has them, so that is a note. */
  readonly gone: readonly string[];
  /** Paths of times that have no file, which the definition takes for a fact. */
  readonly empty: readonly string[];
  readonly unsettled: Survey['unsettled'];
  /** Why the window is not to be published yet, though what is offered may be landed; null where it is. */
  readonly waits: string | null;
}

/**
 * What the source has for `window`, looked up once, and which of the origins that it names are gone though they are landed.
 * @throws SourceMissing for one that is not there and was never landed, where the definition says nothing else.
 */
export async function offersOf(database: Database, pipeline: Pipeline, window: Window): Promise<Found> {
  const { source } = pipeline;
  const found = source.survey
    ? await surveyed(database, pipeline, await source.survey(window, zoneOf(pipeline.window) ?? undefined), window)
    : await listed(database, pipeline, window);
  const there = [...found.offers, ...found.unsettled].map(({ origin }) => origin);
  await noteOffered(database, pipeline.name, there, found.gone);
  return found;
}

async function surveyed(
  database: Database,
  { name, source, window: grain }: Pipeline,
  { offers, unsettled, missing }: Survey,
  window: Window,
): Promise<Found> {
  const there = new Set([...offers, ...unsettled].map(({ origin }) => origin));
  const isNamed = source.namedFor?.(window, zoneOf(grain) ?? undefined) ?? (() => false);
  const beginnings = source.beginnings?.(window, zoneOf(grain) ?? undefined) ?? [''];
  const known = (await landedOrigins(database, name, beginnings)).filter(
    ({ origin }) => !there.has(origin) && isNamed(origin),
  );
  const never = missing.filter(({ path }) => {
    const pattern = pathPattern(path);
    return !known.some(({ origin }) => pattern.test(origin));
  });
  const rule = source.missing ?? 'fail';
  if (rule === 'fail' && never.length > 0) throw await never[0]!.error();
  return {
    ...{ offers, unsettled },
    gone: known.filter(({ state }) => state !== 'retired').map(({ origin }) => origin),
    empty: rule === 'empty' ? never.map(({ path }) => path) : [],
    waits:
      rule === 'wait' && never.length > 0
        ? `nothing is at ${some(never.map(({ path }) => path))} yet`
        : unsettledFor(source, offers, unsettled),
  };
}

// A file of this window alone is asked for by no other: published without it, the window would lack it for ever.
function unsettledFor(source: Listed, offers: readonly Offer[], unsettled: Survey['unsettled']): string | null {
  const [first] = unsettled;
  if (!first || (source.shared && offers.length > 0)) return null;
  const more = unsettled.length > 1 ? `, and ${unsettled.length - 1} more files are not settled` : '';
  return `${first.origin} ${first.why}${more}`;
}

const some = ([first, ...others]: readonly string[]): string =>
  others.length === 0 ? first! : `${first} and ${others.length} more`;

// A source that has no survey: one that is not there is an error, and then they are asked for one by one.
async function listed(database: Database, { name, source, window: grain }: Pipeline, window: Window): Promise<Found> {
  const zone = zoneOf(grain) ?? undefined;
  const found = (offers: readonly Offer[], gone: readonly string[]): Found => ({
    ...{ offers, gone, empty: [], unsettled: [], waits: null },
  });
  try {
    return found(await source.list(window, zone), []);
  } catch (error) {
    if (!(error instanceof SourceMissing) || !source.named) throw error;
  }
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
  return found(offers, gone);
}
