import { Connection } from '@temporalio/client';
import { Unavailable } from '../model/errors';
import type { Services } from './services/services';

/** A connection to Temporal. @throws Unavailable with where, what next and what is still true. */
export async function connect(services: Services): Promise<Connection> {
  try {
    return await Connection.connect(services.temporal.connectionOptions);
  } catch (error) {
    throw new Unavailable(`Temporal is not reachable at ${services.temporal.address}`, {
      next: 'start it or mend TEMPORAL_ADDRESS, then: weir doctor',
      stillTrue: 'nothing was started; the ledger and what is published are untouched',
      cause: error,
    });
  }
}
