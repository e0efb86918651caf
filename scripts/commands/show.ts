import { historyName, reachesOutside } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { workflowIds } from '../../model/run/temporalNames';
import { instant } from '../../model/time/time';
import { windowName } from '../../model/time/window';
import type { Accepted } from '../../store/standing/accepted';
import { windowStatuses } from '../../store/ledger/windows';
import * as look from '../../store/reports/runReport';
import { withServices } from '../session/ledger';
import { pendingNow } from '../session/pending';
import { anyWindowOf, pipelineNamed } from '../session/project';
import { pendingLines } from '../terminal/pendingLines';
import { noteLines } from '../terminal/notes';
import { print } from '../terminal/print';
import { aligned, duration } from '../terminal/table';
import type { Verb } from '../verb';

const SINCE = {
  touched: 'stale (its rows changed since)',
  code: 'stale (its code changed since)',
  target: 'stale (not in every target: weir plan says which)',
  checks: 'unchecked (published under other checks)',
};

/** What an earlier version took for the digest of a window from which nothing is computed, whatever its rows. */
const OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb924';

function readersSee({ name, publish, curated }: Pipeline, rows: number): string {
  if (publish.length > 0) return `readers see ${counted(rows, 'row')} published`;
  return `nothing is published, ${name} has no sink; ${counted(rows, 'row')} ${curated.length > 0 ? 'computed' : 'cleaned'}`;
}

const acceptedLine = ({ by, at, why }: Accepted): string => `accepted as missing by ${by}, ${at.slice(0, 19)}: ${why}`;

/** `weir show P WINDOW`: everything the ledger knows of one window, and what to do next. */
export const show: Verb = ([name, text], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const window = anyWindowOf(pipeline, text!);
  return withServices(['postgres'], async (database, services) => {
    const [[standing], runs, report, deliveries, lineage] = await Promise.all([
      windowStatuses(database, project.pipelines, pipeline, window),
      look.runsOf(database, pipeline.name, window.start, 5),
      look.runReport(database, pipeline.name, window.start),
      look.deliveriesOf(database, pipeline.name, window.start),
      look.lineageOf(
        database,
        pipeline.curated.map((table) => table.tableName),
        window.start,
      ),
    ]);
    const checks = report.epoch === null ? [] : await look.checksOf(database, report.epoch);
    const pending = await pendingNow(services, [workflowIds.window(pipeline.name, windowName(window))]);
    const failing = checks.filter((check) => Number(check.rows) > 0);
    const unusual = reachesOutside(pipeline, window)
      ? `outside the history ${historyName(pipeline)}: its rows are published nowhere, and no run is for it`
      : window.start > instant(Date.now())
        ? 'waits for its time'
        : null;
    const again = `weir run ${pipeline.name} ${windowName(window)}`;
    print(
      options,
      {
        ...standing,
        runs,
        steps: report.steps,
        checks,
        deliveries,
        lineage,
        deadLetters: report.deadLetters,
        absent: report.absent,
        tried: pending?.tried ?? null,
      },
      () => [
        `${pipeline.name} ${windowName(window)}: ${unusual ?? standing!.state}${standing!.stale ? `, ${SINCE[standing!.stale]}` : ''}`,
        ...(standing!.publishedAt
          ? [
              `${readersSee(pipeline, Number(standing!.rows ?? 0))} ${standing!.publishedAt.slice(0, 19)}${standing!.digest === OF_NOTHING ? '' : `, digest ${standing!.digest}`}`,
            ]
          : ['readers see nothing of it']),
        ...(standing!.accepted ? [acceptedLine(standing!.accepted)] : []),
        ...(pending === null ? [] : pendingLines(pending)),
        ...(report.error ? ['', report.error] : []),
        '',
        'runs, newest first',
        ...aligned(
          runs.map((run) => ({
            run: String(run.epoch),
            kind: run.kind,
            state: run.state,
            started: run.startedAt.slice(0, 19),
            took: run.seconds === null ? '' : duration(run.seconds * 1000),
            workflow: run.workflowId,
          })),
          '  ',
        ),
        '',
        'steps of the newest run',
        ...aligned(
          report.steps.map((step) => ({
            step: step.name,
            table: step.table ?? '',
            rows: step.rows,
            attempt: step.attempt,
            took: duration(step.ms),
          })),
          '  ',
        ),
        ...noteLines(report).map((line) => `  ${line}`),
        '',
        `checks: ${checks.length - failing.length} of ${checks.length} hold`,
        ...failing.flatMap((check) => [
          `  ${check.severity} ${check.table} ${check.check}: ${counted(Number(check.rows), 'row fails', 'rows fail')}`,
          ...check.sample.map((row) => `    ${row}`),
        ]),
        // What holds may have something to say: that so many break it as may, that there was nothing to compare with.
        ...checks
          .filter(({ rows, sample }) => Number(rows) === 0 && sample.length > 0)
          .map((check) => `  holds ${check.table} ${check.check}: ${check.sample.join('; ')}`),
        '',
        'deliveries with records of it',
        ...aligned(
          deliveries.map((delivery) => ({
            origin: delivery.origin,
            delivery: String(delivery.delivery),
            landed: delivery.landed.slice(0, 19),
            rows: Number(delivery.rows),
            dead: Number(delivery.dead),
          })),
          '  ',
        ),
        ...lineage.map(
          (line) =>
            `${line.table} was made from ${line.inputs.map((input) => `${input.layer}.${input.table}`).join(', ')} by run ${line.epoch}`,
        ),
        ...(report.deadLetters > 0
          ? [
              `${counted(report.deadLetters, 'dead letter')}:  weir dead-letters ${pipeline.name} --window ${windowName(window)}`,
            ]
          : []),
        '',
        ...(unusual ? [] : [`Again:  ${again}`]),
      ],
    );
  });
};
