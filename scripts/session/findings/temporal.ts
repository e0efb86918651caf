import { Client } from '@temporalio/client';
import { connect } from '../../../client/connect';
import type { ScheduleChange, ScheduleState } from '../../../client/schedules';
import { pausedWords, scheduleChanges, schedulesThere, unpause } from '../../../client/schedules';
import type { Served } from '../../../client/workers';
import { answersNow, serversOf } from '../../../client/workers';
import type { Pipeline } from '../../../model/definition/pipeline';
import { counted } from '../../../model/run/counted';
import type { Services } from '../../services/services';
import { duration } from '../../terminal/table';
import type { Finding } from './finding';
import { fine } from './finding';

const SAID = { create: 'was never applied', change: 'is not as defined', remove: 'should be gone' } as const;

/** What Temporal is, who serves its queues, and whether its schedules are those of the definitions. */
export async function temporalFindings(
  { temporal, started }: Services,
  register: readonly Pipeline[],
): Promise<Finding[]> {
  const connection = await connect(temporal);
  try {
    const client = new Client({ connection, namespace: temporal.namespace });
    const [{ serverVersion }, served, isAnswered, there] = await Promise.all([
      connection.workflowService.getSystemInfo({}),
      serversOf(client),
      answersNow(client),
      schedulesThere(client),
    ]);
    const changes = await scheduleChanges(client, register, there);
    const given = process.env['TEMPORAL_ADDRESS'] ?? process.env['TEMPORAL_PROFILE'];
    return [
      fine(
        'Temporal',
        `${serverVersion ?? 'of an untold version'} at ${temporal.address}, namespace ${temporal.namespace}, ${given === undefined ? 'embedded' : 'by TEMPORAL_…'}`,
      ),
      fine('Web UI', temporal.uiUrl ?? 'not told where: WEIR_WEB_UI=https://…, and its lists are linked here'),
      ...(started.includes('temporal')
        ? // This very command started the server, so nobody can serve it; a command that needs a worker starts one.
          [fine('workers', 'none while nothing runs: weir up, or run and backfill themselves')]
        : served.map((queue) => workersFinding(queue, isAnswered))),
      ...schedulesFindings(register, changes, there),
    ];
  } finally {
    await connection.close();
  }
}

function workersFinding({ queue, by }: Served, isAnswered: boolean): Finding {
  const seen = by.map(
    ({ identity, seenMs, since }) =>
      `${identity}${since === null ? '' : ` since ${since.slice(0, 16)}Z`}, seen ${duration(seenMs)} ago`,
  );
  const what = `queue ${queue}`;
  const fix = 'weir worker (or weir up)';
  if (by.length === 0) return { what, ok: false, found: 'no worker serves it', fix };
  if (isAnswered) return fine(what, seen.join('; '));
  return { what, ok: false, found: `no worker answers: ${seen.join('; ')}, and is gone`, fix };
}

function schedulesFindings(
  register: readonly Pipeline[],
  changes: readonly ScheduleChange[],
  there: ReadonlyMap<string, ScheduleState>,
): Finding[] {
  const paused = [...there].flatMap(([pipeline, { paused: by }]) =>
    by ? [{ what: `schedule ${pipeline}`, ok: false, found: pausedWords(by), fix: unpause(pipeline) }] : [],
  );
  if (changes.length + paused.length === 0)
    return [fine('schedules', `as the definitions of ${counted(register.length, 'pipeline')} say`)];
  const differing = changes.map(({ pipeline, change, says }) => ({
    what: `schedule ${pipeline}`,
    ok: false,
    found: `${SAID[change]}: ${says}`,
    fix: 'weir plan, then weir apply HASH',
  }));
  return [...differing, ...paused];
}
