import { userInfo } from 'node:os';
import { closest } from 'fastest-levenshtein';
import { pathPattern } from '../../model/definition/paths/pathPattern';
import type { Pipeline } from '../../model/definition/pipeline';
import { quote, UnknownName } from '../../model/run/errors';
import type { Decision } from '../../store/ledger/originLife';
import { originRows } from '../../store/ledger/originLife';
import type { Database } from '../../store/postgres/database';

/** Who decides: the user of the operating system; and why, where it is said. */
export const decisionOf = ({ why }: { readonly why?: string }): Decision => ({
  by: userInfo().username,
  why: why ?? null,
});

/** The origins that `pattern` names, of those the ledger knows; none where they moved on. @throws UnknownName with the near miss. */
export async function knownOrigins(database: Database, pipeline: Pipeline, pattern: string): Promise<string[]> {
  const rows = await originRows(database, pipeline);
  const exact = rows.filter(({ origin }) => origin === pattern);
  const matches = pathPattern(pattern);
  const named = exact.length > 0 ? exact : rows.filter(({ origin }) => matches.test(origin));
  if (named.length > 0 || rows.some(({ movedFrom }) => movedFrom !== null && matches.test(movedFrom)))
    return named.map(({ origin }) => origin);
  const names = rows.map(({ origin }) => origin);
  throw new UnknownName(
    `${pipeline.name} has no origin ${quote(pattern)}${names.length > 0 ? `, did you mean ${quote(closest(pattern, names))}?` : ''}`,
    { next: `weir origins ${pipeline.name}`, stillTrue: 'nothing was changed' },
  );
}
