import { quote } from '../../model/run/errors';
import type { Ingested } from '../../model/run/outcome';

/** What is worth a look though nothing failed: origins that are gone, and columns whose field no record had. */
export function noteLines({
  gone,
  absent,
}: {
  readonly gone: Ingested['gone'] | null;
  readonly absent: Ingested['absent'] | null;
}): string[] {
  return [
    ...(gone
      ? [
          `note: ${gone.first.join(', ')}${gone.origins > gone.first.length ? ' and others' : ''}: not there any more; the rows come from raw`,
        ]
      : []),
    ...(absent?.first ?? []).map(
      ({ column, field, origin }) =>
        `note: no record of ${origin} has the field ${quote(field)}, which column ${column} reads: is its name right?`,
    ),
    ...(absent && absent.columns > absent.first.length
      ? [`note: and ${absent.columns - absent.first.length} more like this`]
      : []),
  ];
}
