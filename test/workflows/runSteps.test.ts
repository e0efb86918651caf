import type { Gate } from '../../model/run/gate';
import type { Steps } from '../../model/run/steps';
import { runSteps } from '../../workflows/runWindow';
import { closedGate, openGate, outcome } from './memoryLedger';
import { runRequest } from './requests';

const order = runRequest('2001-01-05');

/** The steps as plain functions that write down what they were asked. */
function inline(gateOf: (table: string) => Gate = openGate): { steps: Steps; said: string[] } {
  const said: string[] = [];
  const say = <T>(text: string, result: T): Promise<T> => {
    said.push(text);
    return Promise.resolve(result);
  };
  const steps: Steps = {
    claim: (order) => say('claim', { order, epoch: 7 }),
    ingest: ({ epoch }) => say(`ingest ${epoch}`, { deliveries: 1, landedRecords: 2, rows: 2, deadLetters: 0 }),
    refresh: (_, { table }) => say(`refresh ${table}`, gateOf(table)),
    hold: ({ order }, { gate }) => say(`hold ${gate.table}`, { ...outcome(order), state: 'held' as const, gate }),
    publish: ({ order }) => say('publish', outcome(order)),
    close: () => say('close', undefined),
  };
  return { steps, said };
}

describe('the steps of a run', () => {
  test('takes the window, ingests, refreshes each table in order, publishes', async () => {
    const { steps, said } = inline();
    expect(await runSteps(steps, order)).toEqual(outcome(order));
    expect(said).toEqual(['claim', 'ingest 7', 'refresh flights', 'refresh airport_daily', 'publish']);
  });

  test('stops at the first closed gate and holds: nothing is published', async () => {
    const { steps, said } = inline((table) => (table === 'flights' ? closedGate(table) : openGate(table)));
    expect(await runSteps(steps, order)).toMatchObject({ state: 'held', gate: { table: 'flights' } });
    expect(said).toEqual(['claim', 'ingest 7', 'refresh flights', 'hold flights']);
  });

  test('goes no further than a step that fails', async () => {
    const { steps, said } = inline();
    const failing = { ...steps, ingest: () => Promise.reject(new Error('the disk is full')) };
    await expect(runSteps(failing, order)).rejects.toThrow('the disk is full');
    expect(said).toEqual(['claim']);
  });
});
