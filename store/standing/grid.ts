/**
 * Condition: the start (and, where there is one, the end) is a window's of this length, aligned to the epoch. Always true where `size` is null; false
 * of the window of a table that had one for all.
 */
export const onGrid = (size: string, start = 'window_start', end: string | null = 'window_end'): string => {
  const length = `${size}::bigint * interval '1 millisecond'`;
  const ends = end === null ? '' : ` and ${end} = ${start} + ${length}`;
  // In whole microseconds: by extract, which gives numeric, ten thousand windows cost 6 ms more.
  return `(${size}::bigint is null or (isfinite(${start}) and date_bin(${length}, ${start}, 'epoch') = ${start}${ends}))`;
};
