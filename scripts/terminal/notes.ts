import { quote } from '../../model/run/errors';
import type { Ingested } from '../../model/run/outcome';

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

const listed = (first: readonly string[], all: number): string =>
  `${first.join(', ')}${all > first.length ? ' and others' : ''}`;
