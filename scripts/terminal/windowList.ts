import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { Window } from '../../model/time/window';
import { rangeName, wholeWindows, windowName } from '../../model/time/window';
import type { WindowStatus } from '../../store/ledger/windows';
import type { Trouble } from '../../store/standing/troubles';
import { aligned, clock, count } from './table';

/** A window of the calendar, how it stands, and why where it is held, failed or missing. */
export interface Listed extends WindowStatus {
  readonly warnings: readonly string[];
  readonly reason: Trouble['reason'] | 'never run' | null;
  readonly why: string | null;
  readonly since: string | null;
  readonly attempt: number | null;
}

/** One of the list, with its place in the calendar. */
export interface Placed {
  readonly at: number;
  readonly window: Window;
  readonly listed: Listed;
  readonly cause: string | null;
}

/** How many of `chosen` are what: `11 held, 1 no file yet`. */
export function tally(chosen: readonly Placed[]): string {
  const words = chosen.map(({ listed }) => listed.reason ?? listed.state);
  return [...new Set(words)].map((word) => `${count(words.filter((one) => one === word).length)} ${word}`).join(', ');
}

/** Windows that are not as they should be, as aligned lines: neighbours of one cause are one line, with the oldest one's reason. */
export function troubleLines(pipeline: Pipeline, chosen: readonly Placed[]): string[] {
  return aligned(
    neighbours(chosen).map((group) => {
      const [first] = group;
      const last = group.at(-1)!;
      const { listed } = first!;
      const since = group.flatMap((one) => one.listed.since ?? []).sort()[0];
      const attempt = Math.max(...group.map((one) => one.listed.attempt ?? 0));
      return {
        windows:
          group.length === 1
            ? windowName(first!.window)
            : rangeName(wholeWindows(pipeline.window, { start: first!.window.start, end: last.window.end })),
        count: counted(group.length, 'window'),
        state: `${listed.reason ?? listed.state}${listed.accepted === null ? '' : ', accepted'}`,
        since: since ? clock(since) : '',
        attempt: attempt > 0 ? attempt : '',
        why: listed.why ?? '',
      };
    }),
  );
}

function neighbours(chosen: readonly Placed[]): Placed[][] {
  const groups: Placed[][] = [];
  for (const one of chosen) {
    const before = groups.at(-1)?.at(-1);
    if (before && before.at + 1 === one.at && before.cause === one.cause && isAlike(before.listed, one.listed))
      groups.at(-1)!.push(one);
    else groups.push([one]);
  }
  return groups;
}

const isAlike = (a: Listed, b: Listed): boolean =>
  a.reason === b.reason && a.state === b.state && (a.accepted === null) === (b.accepted === null);

/** Windows one by one, however they stand. */
export function windowLines(chosen: readonly Placed[]): string[] {
  const warned = chosen.some(({ listed }) => listed.warnings.length > 0);
  const troubled = chosen.some(({ listed }) => listed.why !== null);
  return aligned(
    chosen.map(({ listed }) => ({
      window: listed.window,
      state: listed.accepted === null ? listed.state : `${listed.state}, accepted`,
      stale: listed.stale ?? '',
      rows: listed.rows ?? '',
      digest: listed.digest?.slice(0, 24) ?? '',
      published: listed.publishedAt === null ? '' : clock(listed.publishedAt),
      ...(warned && { warnings: listed.warnings.join(', ') }),
      ...(troubled && { why: listed.why ?? '' }),
    })),
  );
}
