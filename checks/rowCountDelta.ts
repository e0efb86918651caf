import type { BaselineCheck } from '../model/definition/check';
import { sql } from '../model/definition/sql';
import type { DeltaOptions } from './delta';
import { delta } from './delta';

/** The window has about as many rows as the windows before it: by their median and spread, same weekday where there are enough. */
export const rowCountDelta = (options: DeltaOptions = {}): BaselineCheck<unknown> =>
  delta({
    ...{ name: 'row_count_delta', about: [], options },
    measure: sql`count(*)`,
    own: ({ rows }) => sql`${rows}::bigint`,
  });
