import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { RunLost, StatementRefused, Unavailable } from '../../model/run/errors';
import { pause, resume, setWidth } from '../../workflows/shared/backfillHandlers';
import { MemoryLedger, closedGate, soon, untilCancelled } from '../workflows/memoryLedger';
import { backfillRequest, runRequest } from '../workflows/requests';
import { TestWorkers, until } from '../workflows/testWorkers';

// Records what replay.test.ts replays: one history per workflow type and branch, on the dev server. Not a test: run it when a
// branch is added, and commit what it writes beside the older ones. Never edit or delete a history to make a replay pass.
const RELEASE = '0.1';
const DAYS = '2001-01-01..2001-01-08';
const refused = (): never => {
  throw new StatementRefused('PostgreSQL refused (22012): division by zero', '22012');
};

let serving: TestWorkers;
beforeAll(async () => (serving = await TestWorkers.start({ identity: 'weir' }, 'dev')));
afterAll(() => serving.stop());
beforeEach(() => (serving.ledger = new MemoryLedger()));

describe('runWindow', () => {
  const record = async (branch: string, act?: (handle: WorkflowHandle) => Promise<void>) => {
    const handle = await serving.start('runWindow', `flights/2001-01-05-${branch}`, runRequest('2001-01-05'));
    await act?.(handle);
    await handle.result().catch(() => undefined);
    await save(`runWindow-${branch}`, handle.workflowId);
  };

  test('published', () => record('published'));
  test('published after a retry', () => {
    serving.ledger.on.publish = (_, attempt) => {
      if (attempt === 1) throw new Unavailable('PostgreSQL is not reachable');
    };
    return record('retried');
  });
  test('held', () => {
    serving.ledger.on.refresh = ({ table }) => (table === 'airport_daily' ? closedGate(table) : undefined);
    return record('held');
  });
  test('failed', () => {
    serving.ledger.on.refresh = refused;
    return record('failed');
  });
  test('failed before it had a claim', () => {
    serving.ledger.on.claim = refused;
    return record('failed-unclaimed');
  });
  test('begun again', () => {
    serving.ledger.on.publish = () => {
      if (serving.ledger.said('publish').length === 1) throw new RunLost('the steps before are not recorded');
    };
    return record('begun-again');
  });
  test('cancelled', () => {
    serving.ledger.on.ingest = () => untilCancelled(() => undefined);
    return record('cancelled', async (handle) => {
      await until(() => serving.ledger.said('ingest').length > 0);
      await handle.cancel();
    });
  });
  test('cancelled before it had a claim', () => {
    serving.ledger.on.claim = (_, attempt) => {
      if (attempt === 1 && serving.ledger.said('claim').length === 1) throw new Unavailable('the connection broke');
    };
    return record('cancelled-unclaimed', async (handle) => {
      await until(() => serving.ledger.said('claim').length > 0);
      await handle.cancel();
    });
  });
});

describe('tick', () => {
  const record = async (branch: string) => {
    const nominal = '2001-01-06T00:15:00Z';
    const handle = await serving.start('tick', `flights/tick-${branch}`, { pipeline: 'flights', nominal });
    await handle.result().catch(() => undefined);
    await save(`tick-${branch}`, handle.workflowId);
  };

  test('published', () => record('published'));
  test('failed', () => {
    serving.ledger.on.refresh = refused;
    return record('failed');
  });
});

describe('backfill', () => {
  const start = (branch: string, more = {}, order = backfillRequest(DAYS)) =>
    serving.start('backfill', `flights/backfill/${branch}`, { order, ...more });
  const end = async (branch: string, handle: WorkflowHandle) => {
    await handle.result().catch(() => undefined);
    await save(`backfill-${branch}`, handle.workflowId);
  };
  const first = async (name: 'refresh' | 'owedWindow'): Promise<void> => {
    await until(() => serving.ledger.said(name).length > 0);
  };

  test('published, in parts', async () => end('published', await start('published', { pageSize: 3 })));
  test('what it touched runs again', async () => {
    serving.ledger.touched = ['2001-01-02', '2001-01-05'];
    await end('touched', await start('touched'));
  });
  test('newest first', async () =>
    end('newest-first', await start('newest-first', {}, backfillRequest(DAYS, { newestFirst: true }))));
  test('failed windows', async () => {
    serving.ledger.on.refresh = ({ claim }) => (claim.order.window.start.includes('-03T') ? refused() : undefined);
    await end('failed', await start('failed'));
  });
  test('given up', async () => {
    serving.ledger.on.refresh = refused;
    await end('given-up', await start('given-up', {}, backfillRequest('2001-01-01..2001-02-01', { width: 8 })));
  });
  test('shared ingest failed', async () => {
    serving.ledger.on.ingest = refused;
    await end('ingest-failed', await start('ingest-failed'));
  });
  test('cancelled', async () => {
    serving.ledger.on.refresh = () => untilCancelled(() => undefined);
    const handle = await start('cancelled');
    await first('refresh');
    await handle.cancel();
    await end('cancelled', handle);
  });
  test('paused, widened, resumed', async () => {
    let open = false;
    serving.ledger.on.refresh = async () => {
      while (!open) await soon();
    };
    const handle = await start('steered', { pageSize: 4 });
    await first('refresh');
    await handle.executeUpdate(pause);
    await handle.executeUpdate(setWidth, { args: [3] });
    open = true;
    await handle.executeUpdate(resume);
    await end('steered', handle);
  });
  test('a window taken by another run', async () => {
    let open = false;
    serving.ledger.on.refresh = async ({ claim }) => {
      while (!open && claim.order.kind === 'run') await soon();
    };
    await serving.start('runWindow', 'flights/2001-01-02', runRequest('2001-01-02'));
    await first('refresh');
    const handle = await start('taken');
    await first('owedWindow');
    open = true;
    await end('taken', handle);
  });
});

/** Writes the history of each execution in the chain that began under `workflowId`. */
async function save(name: string, workflowId: string): Promise<void> {
  const { client } = serving;
  const first = client.workflow.getHandle(workflowId);
  let runId: string | undefined = (await first.describe()).raw.workflowExecutionInfo?.firstRunId ?? undefined;
  for (let part = 1; runId; part++) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const last = history.events!.at(-1)!;
    runId = last.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
    const suffix = part > 1 || runId ? `-part${part}` : '';
    // Stack traces name files; where this checkout lies is nobody's business.
    const json = historyToJSON(history).replaceAll(`${process.cwd()}/`, '');
    await writeFile(join(__dirname, `${name}${suffix}-${RELEASE}.json`), `${json}\n`);
  }
}
