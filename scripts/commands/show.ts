import { webUiRun } from '../../client/webUi';
import { historyName, reachesOutside } from '../../model/definition/history';
import { workflowIds } from '../../model/run/temporalNames';
import { instant } from '../../model/time/time';
import { windowName } from '../../model/time/window';
import { windowStatuses } from '../../store/ledger/windows';
import { driftOf } from '../../store/contract/drift';
import { accountForWindow } from '../../store/proof/accounting';
import * as look from '../../store/reports/runReport';
import { withServices } from '../session/ledger';
import { pendingNow } from '../session/pending';
import { anyWindowOf, pipelineNamed } from '../session/project';
import { print } from '../terminal/print';
import type { ShownWindow } from '../terminal/shownWindow';
import { shownWindow } from '../terminal/shownWindow';
import type { Verb } from '../verb';

/** Windows before this one whose counts stand beside its own. */
const BEFORE = 3;

/** `weir show P WINDOW`: everything the ledger knows of one window, and what to do next. */
export const show: Verb = ([name, text], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const window = anyWindowOf(pipeline, text!);
  return withServices(['postgres'], async (database, services) => {
    const [[standing], runs, report, deliveries, lineage, records, windowless, before] = await Promise.all([
      windowStatuses(database, project.pipelines, pipeline, window),
      look.runsOf(database, pipeline.name, window.start, 5),
      look.runReport(database, pipeline.name, window.start),
      look.deliveriesOf(database, pipeline.name, window.start),
      look.lineageOf(
        database,
        pipeline.curated.map((table) => table.tableName),
        window.start,
      ),
      accountForWindow(database, pipeline, window),
      accountForWindow(database, pipeline, null),
      look.seenBefore(database, pipeline.name, window.start, BEFORE),
    ]);
    const drift = await driftOf(database, pipeline.name, window.start);
    const checks = report.epoch === null ? [] : await look.checksOf(database, report.epoch);
    const pending = await pendingNow(services, [workflowIds.window(pipeline.name, windowName(window))]);
    const [newest] = runs;
    const { uiUrl, namespace } = services.temporal;
    const webUi = newest && uiUrl !== undefined ? webUiRun({ uiUrl, namespace }, newest) : null;
    const unusual = reachesOutside(pipeline, window)
      ? `outside the history ${historyName(pipeline)}: its rows are published nowhere, and no run is for it`
      : window.start > instant(Date.now())
        ? 'waits for its time'
        : null;
    const lines: ShownWindow = {
      ...{ pipeline, window, unusual, runs, report, checks, deliveries, lineage, records, windowless, before, drift },
      standing: standing!,
      pending,
      webUi,
    };
    print(
      options,
      {
        ...standing,
        runs,
        steps: report.steps,
        records,
        windowless,
        checks,
        deliveries,
        lineage,
        deadLetters: report.deadLetters,
        absent: report.absent,
        drift,
        tried: pending?.tried ?? null,
        webUi,
      },
      () => shownWindow(lines),
    );
  });
};
