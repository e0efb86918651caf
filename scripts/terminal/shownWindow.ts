import type { PendingWork } from '../../client/pendingWork';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { windowAt, windowName } from '../../model/time/window';
import type { WindowStatus } from '../../store/ledger/windows';
import type { Accounting } from '../../store/proof/accounting';
import type { Drift } from '../../store/contract/drift';
import type { StepReport } from '../../store/reports/runReport';
import type * as look from '../../store/reports/runReport';
import type { Accepted } from '../../store/standing/accepted';
import { accountingLine } from './accounting';
import { driftLines, noteLines } from './notes';
import { pendingLines } from './pendingLines';
import { aligned, clock, count, duration } from './table';

/** All that `weir show` knows of a window. */
export interface ShownWindow {
  readonly pipeline: Pipeline;
  readonly window: Window;
  /** Why no run is for it, where none is. */
  readonly unusual: string | null;
  readonly standing: WindowStatus;
  readonly runs: readonly look.RunRow[];
  readonly report: look.RunReport;
  readonly checks: Awaited<ReturnType<typeof look.checksOf>>;
  readonly deliveries: Awaited<ReturnType<typeof look.deliveriesOf>>;
  readonly lineage: Awaited<ReturnType<typeof look.lineageOf>>;
  readonly before: Awaited<ReturnType<typeof look.seenBefore>>;
  readonly records: Accounting;
  readonly windowless: Accounting;
  readonly drift: readonly Drift[];
  readonly pending: PendingWork | null;
  readonly webUi: string | null;
}

const SINCE = {
  touched: 'stale (its rows changed since)',
  code: 'stale (its code changed since)',
  target: 'stale (not in every target: weir plan says which)',
  checks: 'unchecked (published under other checks)',
};

/** What an earlier version took for the digest of a window from which nothing is computed, whatever its rows. */
const OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb924';

/** One window as lines. */
export function shownWindow(shown: ShownWindow): string[] {
  const { pipeline, window, unusual, standing, runs, report, deliveries, lineage, pending, webUi } = shown;
  return [
    `${pipeline.name} ${windowName(window)}: ${unusual ?? standing.state}${standing.stale ? `, ${SINCE[standing.stale]}` : ''}`,
    ...(standing.publishedAt
      ? [
          `${readersSee(pipeline, Number(standing.rows ?? 0))} ${clock(standing.publishedAt)}${standing.digest === OF_NOTHING ? '' : `, digest ${standing.digest}`}`,
        ]
      : ['readers see nothing of it']),
    ...accountLines(shown),
    ...(standing.accepted ? [acceptedLine(standing.accepted)] : []),
    ...(pending === null ? [] : pendingLines(pending)),
    ...(report.error ? ['', report.error] : []),
    '',
    'runs, newest first',
    ...aligned(
      runs.map((run) => ({
        run: String(run.epoch),
        kind: run.kind,
        state: run.state,
        started: clock(run.startedAt),
        took: run.seconds === null ? '' : duration(run.seconds * 1000),
        workflow: run.workflowId,
      })),
      '  ',
    ),
    ...(webUi === null ? [] : [`  ${webUi}`]),
    '',
    'steps of the newest run',
    ...aligned(
      report.steps.map((step) => ({
        ...stepCells(step, deliveries),
        attempt: step.attempt,
        took: duration(step.ms),
      })),
      '  ',
    ),
    ...[...noteLines(report), ...driftLines(shown.drift)].map((line) => `  ${line}`),
    '',
    ...checkLines(shown),
    '',
    'deliveries with records of it',
    ...aligned(
      deliveries.map((delivery) => ({
        origin: delivery.origin,
        delivery: String(delivery.delivery),
        run: delivery.run,
        landed: clock(delivery.landed),
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
    ...(unusual ? [] : [`Again:  weir run ${pipeline.name} ${windowName(window)}`]),
  ];
}

function readersSee({ name, publish, curated }: Pipeline, rows: number): string {
  if (publish.length > 0) return `readers see ${counted(rows, 'row')} published`;
  return `nothing is published, ${name} has no sink; ${counted(rows, 'row')} ${curated.length > 0 ? 'computed' : 'cleaned'}`;
}

const accountLines = ({ pipeline, records, windowless }: ShownWindow): string[] => [
  accountingLine(records),
  ...(windowless.records === 0
    ? []
    : [
        `${accountingLine(windowless)}, in no window (no event time could be read):  weir dead-letters ${pipeline.name} --window none`,
      ]),
];

const acceptedLine = ({ by, at, why }: Accepted): string => `accepted as missing by ${by}, ${clock(at)}: ${why}`;

function checkLines({ pipeline, checks, before }: ShownWindow): string[] {
  if (checks.length === 0) return ['checks: none was asked'];
  const failing = checks.filter((check) => Number(check.rows) > 0);
  const holding = checks.filter((check) => Number(check.rows) === 0);
  const former = (check: { table: string; check: string }): string[] => {
    const seen = before.filter((one) => one.table === check.table && one.check === check.check);
    // `297 rows, at least 100`: the bounds are said once.
    const values = seen.map(({ start, saw }) => `${nameOf(pipeline, start)} ${saw.split(', ')[0]}`);
    return values.length === 0 ? [] : [`    before: ${values.join(', ')}`];
  };
  return [
    failing.length === 0
      ? `checks: ${checks.length === 1 ? 'the one that was asked holds' : `all ${count(checks.length)} hold`}`
      : `checks: ${count(holding.length)} of ${count(checks.length)} hold`,
    ...failing.flatMap((check) => [
      `  ${check.severity} ${check.table} ${check.check}: ${check.saw ?? counted(Number(check.rows), 'row fails', 'rows fail')}`,
      // Its rows say where, and the first reason; a count of rows has said all there is.
      ...(check.saw === null || check.check.startsWith('dead_letters(') ? check.sample.map((row) => `    ${row}`) : []),
      ...former(check),
    ]),
    // What holds may have something to say: what it saw, that so many break it as may, that there was nothing to compare with.
    ...holding
      .filter(({ saw, sample }) => saw !== null || sample.length > 0)
      .flatMap((check) => [
        `  holds ${check.table} ${check.check}: ${[...(check.saw === null ? [] : [check.saw]), ...check.sample].join('; ')}`,
        ...former(check),
      ]),
  ];
}

const nameOf = (pipeline: Pipeline, start: string): string => windowName(windowAt(pipeline.window, start as Instant));

/** Runs that landed what a window holds, named up to here. */
const NAMED_RUNS = 3;

/** What a step did, in words: `landed 40 records`, `landed by run 12`, `16,590 rows`, `published 222 rows (222 changed)`. */
export const stepCells = (
  step: StepReport,
  deliveries: readonly { readonly run: string }[],
): { step: string; table: string; did: string } => ({
  step: step.name,
  table: step.table ?? '',
  did: didWords(step, deliveries),
});

function didWords(step: StepReport, deliveries: readonly { run: string }[]): string {
  const { offers } = step;
  const of = offers
    ? `, ${count(offers.offered - offers.known)} of ${count(offers.offered)} offered, ${count(offers.known)} known`
    : '';
  return didAlone(step, deliveries) + of;
}

function didAlone(
  { name, table, rows, landed, published }: StepReport,
  deliveries: readonly { run: string }[],
): string {
  if (published) return `${counted(published.rows, 'row')} (${count(published.changed)} changed)`;
  if (name === 'ingest') {
    if (landed) return `landed ${counted(landed, 'record')}`;
    if (rows > 0) return `cleaned ${counted(rows, 'row')}`;
    const runs = [...new Set(deliveries.map(({ run }) => run))];
    if (runs.length === 0) return 'nothing landed';
    const more = runs.length > NAMED_RUNS ? ` and ${count(runs.length - NAMED_RUNS)} more` : '';
    return `landed by run${runs.length === 1 ? '' : 's'} ${runs.slice(0, NAMED_RUNS).join(', ')}${more}`;
  }
  return table === null ? '' : counted(rows, 'row');
}
