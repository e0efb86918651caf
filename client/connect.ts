import type { ConnectionOptions } from '@temporalio/client';
import { Connection } from '@temporalio/client';
import { Unavailable } from '../model/run/errors';

/** Where Temporal is, and how it is spoken to. */
export interface TemporalAddress {
  readonly address: string;
  readonly connectionOptions: ConnectionOptions;
}

/** A connection to Temporal. @throws Unavailable with where, what next and what is still true. */
export async function connect(temporal: TemporalAddress): Promise<Connection> {
  try {
    return await Connection.connect(temporal.connectionOptions);
  } catch (error) {
    throw new Unavailable(`Temporal is not reachable at ${temporal.address}`, {
      next: 'start it or fix TEMPORAL_ADDRESS, then: weir doctor',
      stillTrue: 'nothing was started; the ledger and what is published are untouched',
      cause: error,
    });
  }
}
