/**
 * Condition: the start (and, where there is one, the end) is a window's of this length, aligned to the epoch. Always true where `size` is null; false
 * of the window of a table that had one for all.
 */
export const onGrid = (size: string, start = 'window_start', end: string | null = 'window_end'): string =>
  `(${size}::bigint is null or case when isfinite(${start})
                                    then mod((extract(epoch from ${start}) * 1000)::bigint, ${size}::bigint) = 0${
                                      end === null
                                        ? ''
                                        : ` and ${end} = ${start} + ${size}::bigint * interval '1 millisecond'`
                                    } else false end)`;
