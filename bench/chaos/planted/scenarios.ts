import { sleepInStep, wakeUp } from '../cluster/meeting';
import type { Plant } from './plants';
import type { Stage } from './stage';

/** Ingest, three tables, publish. */
const PUBLISH_STEP = 5;

/**
 * For each fault the smallest story in which it does harm. On intact code nothing in them is broken. Each returns what it has to tell of itself.
 * Day 3 has a version that closes its gate.
 */
export const SCENARIOS: Readonly<Record<Plant['name'], (stage: Stage) => Promise<string>>> = {
  /** A run is terminated while its process sleeps just inside its publish step; a newer run publishes newer rows; the sleeper wakes. */
  async fence({ cluster, driver, write }) {
    write(2, 1);
    const asleep = sleepInStep(cluster, ({ step }) => step === PUBLISH_STEP);
    await driver.beginRun(2);
    const sleeper = await asleep;
    if (!sleeper) throw new Error('no worker began to publish');
    await driver.terminateRun(2);
    write(2, 2);
    await driver.run(2);
    await wakeUp(sleeper);
    const { session, worker } = sleeper;
    return `run ${session.epoch} slept in worker ${worker.number} until a newer one had published, woke, and its step was ${session.refused ? 'refused' : String(session.end)}`;
  },

  /** A file changes and its own window alone is run: what it says of other windows has to be remembered. */
  async touch({ driver, write }) {
    write(4, 1);
    await driver.run(4);
    return 'a file with late records and corrections of other days came';
  },

  /** Nothing but what every file has: corrections and repeats. */
  winners: () => Promise.resolve('records of one key came from several files'),

  /** A file with more readings than its window may have. */
  async gate({ driver, write }) {
    write(3, 2);
    const ended = await driver.run(3).then(
      () => 'published',
      () => 'held',
    );
    return `a day of too many readings was ${ended}`;
  },

  /** A file changes: rows go, rows change, rows come. */
  async difference({ driver, write }) {
    write(1, 1);
    await driver.run(1);
    return 'a file came again, changed';
  },
};
