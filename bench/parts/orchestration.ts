import { Client, Connection } from '@temporalio/client';
import type { BackfillRequest } from '../../model/run/backfill';
import type { Activities } from '../../model/run/steps';
import { QUEUES } from '../../model/run/temporalNames';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { split } from '../../model/time/window';
import type { Services } from '../../scripts/services/services';
import { compiled } from '../../store/ledger/fingerprint';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { median, timed } from '../measuring';
import { subject } from '../subject';

const WINDOWS = Number(process.env['WEIR_BENCH_WINDOWS'] ?? 400);
const WIDTH = 8;
const BAR_MS = 45;

/** What Temporal and our workflows cost a window of four activities in a backfill: the activities do nothing. */
export async function orchestration(services: Services, rounds: number, notes: string[]): Promise<void> {
  const connection = await Connection.connect(services.temporal.connectionOptions);
  const worker = await startWorker({
    connection: services.temporal.connectionOptions,
    namespace: services.temporal.namespace,
    activities: idleActivities(),
    config: loadConfig(process.env),
  });
  try {
    const client = new Client({ connection, namespace: services.temporal.namespace });
    const start = millis('2001-01-01T00:00:00Z');
    const range: Window = { start: instant(start), end: instant(start + WINDOWS * 86_400_000) };
    const order: BackfillRequest = {
      plan: { ...compiled(subject('none.csv', 'day')), tables: ['one'], shared: false },
      range,
      which: 'all',
      kind: 'backfill',
      newestFirst: false,
      width: WIDTH,
      maxFailedShare: 0.5,
    };
    const ms: number[] = [];
    let longest = 0;
    for (let round = WINDOWS > 1_000 ? 0 : -1; round < rounds; round++) {
      const took = await timed(() =>
        client.workflow.execute('backfill', {
          taskQueue: QUEUES.workflows,
          workflowId: `bench/${process.pid}/${round}`,
          args: [{ order }],
        }),
      );
      if (round >= 0) ms.push(took / WINDOWS);
      const { historyLength } = await client.workflow.getHandle(`bench/${process.pid}/${round}`).describe();
      longest = Math.max(longest, historyLength);
      process.stderr.write('.');
    }
    process.stderr.write('\n');
    notes.push(
      `orchestration of a window of 4 activities (claim, ingest, refresh, publish) in a backfill of ${WINDOWS} at width ${WIDTH}: ` +
        `${median(ms).toFixed(1)} ms (${Math.min(...ms).toFixed(1)}..${Math.max(...ms).toFixed(1)}), bar ${BAR_MS}: ${median(ms) <= BAR_MS ? 'holds' : 'MISSED'}`,
      `  history of its last part ${longest} events; peak memory of worker, client and bench ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
    );
  } finally {
    await worker.shutdown();
    await connection.close();
  }
}

function idleActivities(): Activities {
  let epoch = 0;
  const nothing = { deliveries: 0, landedRecords: 0, rows: 0, deadLetters: 0 };
  const outcome = { pipeline: 'bench', window: '', rows: 0, written: 0, digest: '' };
  return {
    claim: (order) => Promise.resolve({ order, epoch: ++epoch }),
    ingest: () => Promise.resolve(nothing),
    refresh: ({ table }) => Promise.resolve({ table, closed: false, rows: 0, checks: 0, failed: [] }),
    hold: ({ gate }) => Promise.resolve({ ...outcome, state: 'held' as const, gate }),
    publish: () => Promise.resolve({ ...outcome, state: 'published' as const }),
    close: () => Promise.resolve(),
    openBackfill: () => Promise.resolve({ epoch: ++epoch, windows: WINDOWS }),
    pageBackfill: ({ order, after, limit }) => {
      const rest = split('1d', order.range).filter(({ start }) => after === null || start > after);
      const page = rest.slice(0, limit);
      const next = rest.length > limit ? page.at(-1)!.start : null;
      return Promise.resolve({ spans: [{ start: page[0]!.start, end: page.at(-1)!.end }], windows: page.length, next });
    },
    staleWindows: () => Promise.resolve({ windows: 0, again: 0, first: [] }),
    owedWindow: () => Promise.resolve(false),
    dueWindows: () => Promise.reject(new Error('no tick here')),
    finishBackfill: () => Promise.resolve(),
  };
}
