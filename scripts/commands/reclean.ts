import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import type { Project } from '../../model/definition/project';
import { counted } from '../../model/run/counted';
import { Misused } from '../../model/run/errors';
import { instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { rangeName, wholeWindows } from '../../model/time/window';
import type { LiveDelivery, Recleaned } from '../../store/inflow/reclean';
import { liveDeliveries, reclean, recount } from '../../store/inflow/reclean';
import { compiled } from '../../store/ledger/fingerprint';
import { knownWindows } from '../../store/ledger/windows';
import type { Database } from '../../store/postgres/database';
import { withLedger } from '../session/ledger';
import { decisionOf } from '../session/origins';
import { pipelineNamed, rangeOf } from '../session/project';
import { print, progressLine } from '../terminal/print';
import type { Verb } from '../verb';

/** `weir reclean P DELIVERY|FROM..TO`: cleans again from raw, each delivery in one transaction, and says what to run next. */
export const recleanDeliveries: Verb<{ readonly why?: string }> = ([name, what], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const range = /^\d+$/.test(what!) ? null : rangeOf(pipeline, what!);
  return withLedger(async (database) => {
    const done: Recleaned[] = [];
    try {
      for (const delivery of await chosen(database, pipeline, what!, range))
        done.push(
          await reclean(database, pipeline, delivery, decisionOf(options), (rows) =>
            progressLine(`${delivery.origin}: ${counted(rows, 'row')} cleaned again`),
          ),
        );
    } finally {
      progressLine(null);
      await recount(database, pipeline);
    }
    const next: string[] = [];
    for (const reader of project.pipelines) {
      const touched = await touchedSpan(database, project, reader);
      if (touched) next.push(`weir backfill ${reader.name} ${rangeName(touched)} --stale`);
    }
    print(options, { pipeline: pipeline.name, deliveries: done, next }, () => [
      `${pipeline.name}: ${counted(done.length, 'delivery', 'deliveries')} cleaned again from raw`,
      ...done.map(
        ({ id, origin, rows, deadLetters }) =>
          `  ${origin} (delivery ${id}): ${counted(rows, 'row')}, ${counted(deadLetters, 'dead letter')}`,
      ),
      ...next.map((command, i) => `${i === 0 ? 'Next:' : '     '}  ${command}`),
    ]);
  });
};

/** The windows of `pipeline` whose rows changed since they were published, in one range; null when there are none. */
async function touchedSpan(database: Database, project: Project, pipeline: Pipeline): Promise<Window | null> {
  const history = historyOf(pipeline, instant(Date.now()));
  const known = await knownWindows(database, { register: project.pipelines, pipeline }, compiled(pipeline), history);
  const touched = [...known.values()].filter(({ stale }) => stale === 'touched').map(({ window }) => window);
  return touched.length === 0
    ? null
    : wholeWindows(pipeline.window, { start: touched[0]!.start, end: touched.at(-1)!.end });
}

async function chosen(
  database: Database,
  pipeline: Pipeline,
  what: string,
  range: Window | null,
): Promise<LiveDelivery[]> {
  const deliveries = await liveDeliveries(database, pipeline, range === null ? { id: Number(what) } : { range });
  if (deliveries.length > 0) return deliveries;
  throw new Misused(
    range === null
      ? `${pipeline.name} has no delivery ${what} that counts: none of this number, or a newer one took its place`
      : `${pipeline.name} has no delivery with records in ${rangeName(range)}`,
    { next: `weir show ${pipeline.name} WINDOW lists the deliveries of a window`, stillTrue: 'nothing was changed' },
  );
}
