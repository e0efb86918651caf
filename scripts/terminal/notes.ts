import { pathText } from '../../model/definition/reading/fieldPath';
import { counted } from '../../model/run/counted';
import { quote } from '../../model/run/errors';
import type { Ingested } from '../../model/run/outcome';
import type { Drift } from '../../store/contract/drift';
import { clock } from './table';

/** What is worth a look though nothing failed: origins that are gone or not settled, times without a file, and columns whose field no record had. */
export function noteLines({
  gone,
  absent,
  empty = null,
  unsettled = null,
}: {
  readonly gone: Ingested['gone'] | null;
  readonly absent: Ingested['absent'] | null;
  readonly empty?: Ingested['empty'] | null;
  readonly unsettled?: Ingested['unsettled'] | null;
}): string[] {
  return [
    ...(empty ? [`note: no file is at ${listed(empty.first, empty.paths)}: taken for no rows (missing: 'empty')`] : []),
    ...(unsettled
      ? [`note: ${listed(unsettled.first, unsettled.origins)}: still being written, and left for a later run`]
      : []),
    ...(gone ? [`note: ${listed(gone.first, gone.origins)}: not there any more; the rows come from raw`] : []),
    ...(absent?.first ?? []).map(
      ({ column, field, origin }) =>
        `note: no record of ${origin} has the field ${quote(field)}, which column ${column} reads: is its name right?`,
    ),
    ...(absent && absent.columns > absent.first.length
      ? [`note: and ${absent.columns - absent.first.length} more like this`]
      : []),
  ];
}

/** So many fields are told by name. */
const NAMED = 5;

/** Fields that a source has and no column reads, one line a field. */
export const driftLines = (drift: readonly Drift[]): string[] => [
  ...drift.slice(0, NAMED).map(({ field, records, firstSeen, lastSeen, line }) => {
    const since = firstSeen === lastSeen ? clock(firstSeen) : `${clock(firstSeen)} to ${clock(lastSeen)}`;
    return `note: ${counted(records, 'record')} with the field ${quote(pathText(field))}, which no column reads (${since}): add ${line}`;
  }),
  ...(drift.length > NAMED ? [`note: and ${drift.length - NAMED} more fields like this`] : []),
];

const listed = (first: readonly string[], all: number): string =>
  `${first.join(', ')}${all > first.length ? ' and others' : ''}`;
