/** What a placeholder of a path stands for: `{date}` is 2024-05-01, in parts `{year}`, `{month}`, `{day}`; `{hour}` is 00 to 23. */
const PLACEHOLDERS = {
  date: '\\d{4}-\\d{2}-\\d{2}',
  year: '\\d{4}',
  month: '\\d{2}',
  day: '\\d{2}',
  hour: '\\d{2}',
} as const;

type Placeholder = keyof typeof PLACEHOLDERS;

const ONE = new RegExp(`\\{(${Object.keys(PLACEHOLDERS).join('|')})\\}`, 'g');

/** What the placeholders of a path stand for in one origin. */
export type PathValues = Readonly<Record<string, string>>;

/** How much time one file of a path is for; null where one is for all. */
export type PathUnit = 'hour' | 'day' | 'month' | 'year' | null;

/** @throws RangeError for a placeholder that there is not, and for parts of a date that do not say which. */
export function unitOf(path: string): PathUnit {
  const written = new Set((path.match(/\{[^}]*\}/g) ?? []).map((one) => one.slice(1, -1)));
  const known = Object.keys(PLACEHOLDERS);
  const unknown = [...written].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`unknown placeholder {${unknown}} (${known.map((name) => `{${name}}`).join(', ')})`);
  const has = (name: Placeholder): boolean => written.has(name);
  const monthIsSaid = has('date') || (has('year') && has('month'));
  const dayIsSaid = has('date') || (monthIsSaid && has('day'));
  if (has('hour') && !dayIsSaid) throw new RangeError('{hour} without {date} names one file for every day');
  if (has('day') && !dayIsSaid) throw new RangeError('{day} without {year} and {month} names one file for every month');
  if (has('month') && !monthIsSaid) throw new RangeError('{month} without {year} names one file for every year');
  return has('hour') ? 'hour' : dayIsSaid ? 'day' : monthIsSaid ? 'month' : has('year') ? 'year' : null;
}

/** What placeholders stand for at a date (and hour) of the path's zone. */
export function valuesAt(date: string, hour: string): PathValues {
  const [year, month, day] = date.split('-') as [string, string, string];
  return { date, year, month, day, hour };
}

/** Matches the paths that `path` stands for; a placeholder that comes twice has one value. */
export function pathPattern(path: string): RegExp {
  const seen = new Set<string>();
  const pattern = path.split(ONE).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>${PLACEHOLDERS[part as Placeholder]})`;
  });
  return new RegExp(`^${pattern.join('')}$`);
}

/** `path` with its placeholders filled in; one that has no value stays as it is. */
export const filledPath = (path: string, values: PathValues): string =>
  path.replace(ONE, (placeholder, name: string) => values[name] ?? placeholder);

/** The patterns that origins share, for people: days in them as `{date}`. */
export const patternsOf = (origins: readonly string[]): string[] =>
  origins.length === 1
    ? [...origins]
    : [...new Set(origins.map((origin) => origin.replace(/\d{4}-\d{2}-\d{2}/, '{date}')))];
