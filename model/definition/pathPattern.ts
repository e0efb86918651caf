const PLACEHOLDERS: Readonly<Record<string, string>> = { date: '\\d{4}-\\d{2}-\\d{2}', hour: '\\d{2}' };

/** What the placeholders of a path stand for in one origin. */
export type PathValues = Readonly<Record<string, string>>;

/** Matches the paths that `path` stands for; a placeholder that comes twice has one value. */
export function pathPattern(path: string): RegExp {
  const seen = new Set<string>();
  const pattern = path.split(/\{(date|hour)\}/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>${PLACEHOLDERS[part]})`;
  });
  return new RegExp(`^${pattern.join('')}$`);
}

/** `path` with its placeholders filled in; one that has no value stays as it is. */
export const filledPath = (path: string, values: PathValues): string =>
  path.replace(/\{(date|hour)\}/g, (placeholder, name: string) => values[name] ?? placeholder);

/** The patterns that origins share, for people: days in them as `{date}`. */
export const patternsOf = (origins: readonly string[]): string[] =>
  origins.length === 1
    ? [...origins]
    : [...new Set(origins.map((origin) => origin.replace(/\d{4}-\d{2}-\d{2}/, '{date}')))];
