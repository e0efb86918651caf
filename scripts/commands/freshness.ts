import { freshnessOf } from '../../model/compile/freshness';
import { instant } from '../../model/time/time';
import { windowName } from '../../model/time/window';
import { progressOf } from '../../store/standing/progress';
import { withServices } from '../session/ledger';
import { pipelinesNamed } from '../session/project';
import { isUnscheduled, unscheduledLines, unscheduledOf } from '../session/unscheduled';
import { EXIT } from '../terminal/errors';
import { freshnessCells, freshnessLines } from '../terminal/freshness';
import { printList } from '../terminal/print';
import { aligned } from '../terminal/table';
import type { Verb } from '../verb';

/** `weir freshness [P…]`: whether promises are kept, by the newest window and by the first hole; exit 3 where one is broken, or nothing runs what is due. */
export const freshness: Verb = (names, options, project) =>
  withServices(['postgres'], async (database, services) => {
    const now = instant(Date.now());
    const rows = await Promise.all(
      pipelinesNamed(project, names).map(async (pipeline) => {
        const progress = await progressOf(database, pipeline);
        return { pipeline, progress, fresh: freshnessOf(pipeline, progress, now) };
      }),
    );
    const unscheduled = await unscheduledOf(services, rows);
    const verdicts = rows.map(({ fresh }) => fresh.verdict);
    printList(
      options,
      rows.map(({ pipeline, progress, fresh }) => ({
        pipeline: pipeline.name,
        verdict: fresh.verdict,
        because: fresh.because,
        newest: progress.newest,
        ageMs: fresh.ageMs,
        completeUntil: fresh.completeUntil,
        promise: fresh.promise,
        next: fresh.next && { window: windowName(fresh.next.window), at: fresh.next.at },
        unscheduled: 'unknown' in unscheduled ? null : unscheduled.pipelines.includes(pipeline.name),
        paused: 'unknown' in unscheduled ? null : (unscheduled.paused.get(pipeline.name) ?? null),
      })),
      () => [
        verdicts.includes('broken')
          ? 'a promise is broken'
          : verdicts.includes('warn')
            ? 'promises are kept, and some data is late'
            : verdicts.some((verdict) => verdict !== null)
              ? 'promises are kept'
              : 'nothing is promised',
        '',
        ...aligned(
          rows.map(({ pipeline, fresh }) => ({
            pipeline: pipeline.name,
            ...freshnessCells(pipeline, fresh),
            'next due': fresh.next ? `${windowName(fresh.next.window)} at ${fresh.next.at.slice(0, 16)}` : '',
          })),
        ),
        ...rows.flatMap(({ pipeline, fresh }) => freshnessLines(pipeline, fresh)),
        ...unscheduledLines(unscheduled),
      ],
    );
    const bad =
      verdicts.includes('broken') || rows.some(({ pipeline }) => isUnscheduled(pipeline.name, unscheduled) === true);
    return bad ? EXIT.held : EXIT.done;
  });
