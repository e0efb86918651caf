import type { BaselineCheck, CheckContext } from '../model/definition/check';
import type { Share } from '../model/definition/deadLetters';
import { fractionOf } from '../model/definition/deadLetters';
import type { Sql } from '../model/definition/sql';
import { sql } from '../model/definition/sql';
import { DefinitionInvalid } from '../model/run/errors';
import type { Duration } from '../model/time/time';
import { durationMs } from '../model/time/time';
import { baselineCheck } from './gateCheck';

/** How a window is compared with those before it. */
export interface DeltaOptions {
  /** How far back: 28d where nothing is said. */
  readonly over?: Duration;
  /** Fewer windows than this in raw are no baseline, and the check passes, saying so: 7 where nothing is said. */
  readonly min?: number;
  /** So many spreads from the median are ordinary: 5 where nothing is said. */
  readonly spreads?: number;
  /** What lies within this share of the median is ordinary however small the spread: 20 % where nothing is said. */
  readonly within?: Share;
}

/** The median's absolute deviation of normal values, times this, is their standard deviation. */
const MAD_TO_SIGMA = 1.4826;

/** A check of one number of a window against the median and the spread of the same number of the windows before. */
export function delta<Needs>(question: {
  readonly name: string;
  readonly about: readonly string[];
  readonly options: DeltaOptions;
  /** The number of each window before: an aggregate over rows called `t`. */
  readonly measure: Sql;
  /** The number of the window at hand. */
  readonly own: (context: CheckContext) => Sql;
}): BaselineCheck<Needs> {
  const { over = '28d', min = 7, spreads = 5, within = '20 %' } = question.options;
  const label = `${question.name}(${[...question.about, `over ${over}`, `min ${min}`, `spreads ${spreads}`, `within ${within}`].join(', ')})`;
  const share = valid(label, () => {
    durationMs(over);
    if (!(Number.isInteger(min) && min >= 2)) throw new RangeError(`min ${min}: two windows are the least that spread`);
    if (!(Number.isFinite(spreads) && spreads > 0)) throw new RangeError(`spreads ${spreads} is no number above 0`);
    return fractionOf(within);
  });
  return baselineCheck<Needs>(
    {
      name: question.name,
      label,
      // Median and median deviation: three bad windows among the others move neither far.
      failing: (context) => sql`
        with former as (
               select b.value::float as value, b.known from ${context.baseline(over, question.measure)} as b),
             middle as (
               select percentile_cont(0.5) within group (order by f.value) as median, max(f.known) as known
                 from former f),
             ordinary as (
               select m.median, m.known,
                      ${MAD_TO_SIGMA}::float
                      * (select percentile_cont(0.5) within group (order by abs(f.value - m.median)) from former f) as spread
                 from middle m),
             own as (
               select (${question.own(context)})::float as value)
        select own.value, o.median, o.spread
          from own, ordinary o
         where o.known >= ${min}::integer
           and abs(own.value - o.median) > greatest(${spreads}::float * o.spread, ${share}::float * abs(o.median))`,
      note: ({ baseline }) => sql`
        select format('no baseline: raw holds %s of the %s windows that it takes', coalesce(max(b.known), 0), ${min}::integer)
          from ${baseline(over, question.measure)} as b
        having coalesce(max(b.known), 0) < ${min}::integer`,
    },
    { over, min },
  );
}

function valid<T>(label: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new DefinitionInvalid(`${label}: ${(cause as Error).message}`);
  }
}
