import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../../workers/bundle';
import { installRuntime } from '../../workers/sdkRuntime';

const FOLDER = join(__dirname, '..', 'histories');
const recorded = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
/** Every branch that must stay replayable; test/histories/record.ts records them. */
const BRANCHES = [
  ...['runWindow-begun-again', 'backfill-touched-part1', 'backfill-touched-part2', 'tick-published', 'tick-failed'],
  ...['published', 'retried', 'held', 'failed', 'failed-unclaimed', 'cancelled', 'cancelled-unclaimed'].map(
    (branch) => `runWindow-${branch}`,
  ),
  ...[
    'published-part1',
    'published-part2',
    'published-part3',
    'newest-first',
    'failed',
    'given-up',
    'ingest-failed',
  ].map((branch) => `backfill-${branch}`),
  ...['cancelled', 'steered-part1', 'steered-part2', 'taken'].map((branch) => `backfill-${branch}`),
];

describe('runs that began under older code go on under this one', () => {
  let codePath: string;
  beforeAll(async () => {
    installRuntime('error');
    codePath = process.env['WEIR_TEST_BUNDLE'] ?? (await workflowBundle('.weir/test/bundle')).codePath;
  });

  test('every branch has a history', () => {
    expect(BRANCHES.filter((branch) => !recorded.some((name) => name.startsWith(`${branch}-`)))).toEqual([]);
  });

  test.each(recorded)('%s', async (name) => {
    const history = historyFromJSON(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history);
  });
});
