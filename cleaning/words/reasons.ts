/** Of a field that is not written in its column's format. */
export const notWritten = (what: 'date' | 'timestamp', format: string): string => `not a ${what} in ${format}`;

/** PostgreSQL has no such second, and to count it as the next one would be a guess. */
export const LEAP = 'a leap second';

/** Of a local time that clocks of `zone` showed so often. */
export const neverOrTwice = (times: number, zone: string): string =>
  times === 0
    ? `a local time that clocks of ${zone} skipped`
    : `a local time that clocks of ${zone} showed twice (.ambiguous('earlier') or 'later' says which)`;

/** Of a text that is none of those a column takes. */
export const noneOf = (values: readonly string[]): string => {
  const said = values.slice(0, 10).join(', ');
  return `not one of ${values.length > 10 ? `${said} and ${values.length - 10} more` : said}`;
};
