import picomatch from 'picomatch/posix';
import type { PathToken } from './pathTokens';
import { pathTokens } from './pathTokens';

/** What a placeholder of a path stands for: `{date}` is 2024-05-01, in parts `{year}`, `{month}`, `{day}`; `{hour}` is 00 to 23. */
const CALENDAR = {
  date: '\\d{4}-\\d{2}-\\d{2}',
  year: '\\d{4}',
  month: '\\d{2}',
  day: '\\d{2}',
  hour: '\\d{2}',
} as const;

type CalendarWord = keyof typeof CALENDAR;

/** Words of calendars that no path has: whoever writes one means no name of a shop. */
const NO_WORDS = ['week', 'quarter', 'minute', 'second', 'time', 'timestamp', 'datetime'];

/** What the placeholders of a path stand for in one origin. */
export type PathValues = Readonly<Record<string, string>>;

/** How much time one file of a path is for; null where one is for all. */
export type PathUnit = 'hour' | 'day' | 'month' | 'year' | null;

/** A path with its placeholders and globs, read once. */
export interface PathPattern {
  readonly text: string;
  readonly unit: PathUnit;
  /** Placeholders that are no words of a calendar: each stands for text within one folder or name. */
  readonly variables: readonly string[];
  /** All placeholders. */
  readonly names: readonly string[];
  /** True where it may name any number of origins for one time: with a glob or a variable. */
  readonly isOpen: boolean;
  /** What the placeholders are in this origin; null when the path does not name it. */
  match(origin: string): PathValues | null;
}

const isCalendar = (name: string): name is CalendarWord => name in CALENDAR;

/** @throws RangeError for braces that mean nothing, and for parts of a date that do not say which. */
export function readPath(path: string): PathPattern {
  const tokens = pathTokens(path);
  const odd = tokens.find(({ kind }) => kind === 'odd');
  if (odd) throw new RangeError(`${odd.text} is neither a placeholder ({date}, {store}) nor alternatives ({csv,tsv})`);
  const names = tokens.flatMap((token) => (token.kind === 'placeholder' ? [token.name] : []));
  names.forEach(assertMeant);
  assertApart(tokens);
  const regexp = expressionOf(tokens);
  const hidden = hasHidden(path);
  const variables = [...new Set(names.filter((name) => !isCalendar(name)))];
  return {
    text: path,
    unit: unitOf(new Set(names)),
    variables,
    names: [...new Set(names)],
    isOpen: variables.length > 0 || tokens.some(({ kind }) => kind === 'glob'),
    match: (origin) => {
      const found = regexp.exec(origin);
      // Also where a variable or an alternative is all of a name: what begins with a dot is hidden, and often half written.
      return found && (hidden || !hasHidden(origin)) ? { ...found.groups } : null;
    },
  };
}

/** Matches what a path stands for, however oddly it is written: what a person types. */
export function pathPattern(path: string): RegExp {
  return expressionOf(pathTokens(path));
}

function assertMeant(name: string): void {
  if (isCalendar(name)) return;
  const known = Object.keys(CALENDAR);
  const lower = name.toLowerCase();
  const near = known.find((word) => word === lower || `${word}s` === lower);
  if (near === undefined && !NO_WORDS.includes(lower)) return;
  const meant = near === undefined ? '' : `, did you mean {${near}}?`;
  throw new RangeError(`unknown placeholder {${name}} (${known.map((word) => `{${word}}`).join(', ')})${meant}`);
}

// Where one ends and the next begins nobody could say.
function assertApart(tokens: readonly PathToken[]): void {
  const isFree = (token: PathToken | undefined): boolean =>
    token !== undefined && (token.kind === 'placeholder' ? !isCalendar(token.name) : /^\*/.test(token.text));
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    if (isFree(token) && isFree(before) && (token.kind === 'placeholder' || before!.kind === 'placeholder'))
      throw new RangeError(`${before!.text}${token.text}: nothing says where one ends and the next begins`);
  });
}

/** @throws RangeError for parts of a date that do not say which. */
function unitOf(written: ReadonlySet<string>): PathUnit {
  const has = (name: CalendarWord): boolean => written.has(name);
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

/** The words of a calendar in `path`, with their values: which of its times an origin is for. */
export const timeOf = (path: string, values: PathValues): string =>
  pathTokens(path)
    .flatMap((token) => (token.kind === 'placeholder' && isCalendar(token.name) ? [values[token.name]] : []))
    .join(' ');

/** The characters that mean something to the library that reads globs. */
const MEANING = /[\\[\](){}!+@?|^$.<>"'#,~&\-*]/g;
// Two of Unicode's private characters: they mark a placeholder while the library reads what is around it.
const [OPEN, CLOSE] = ['\uE000', '\uE001'];

function expressionOf(tokens: readonly PathToken[]): RegExp {
  const seen: string[] = [];
  const glob = tokens.map((token) => {
    if (token.kind === 'glob') return token.text;
    if (token.kind === 'placeholder') return `${OPEN}${token.name}${CLOSE}`;
    return token.text.replace(MEANING, '\\$&');
  });
  const { source } = picomatch.makeRe(glob.join(''), {
    ...{ dot: false, nonegate: true, noextglob: true, nobracket: true, strictSlashes: true, fastpaths: false },
  });
  const named = source.replace(new RegExp(`${OPEN}(\\w+)${CLOSE}`, 'g'), (_, name: string) => {
    if (seen.includes(name)) return `\\k<${name}>`;
    seen.push(name);
    return `(?<${name}>${isCalendar(name) ? CALENDAR[name] : '[^/]+'})`;
  });
  // A name may hold a line break, and then it is to be told, not passed over.
  return new RegExp(named, 's');
}

const hasHidden = (path: string): boolean => /(^|\/)\.(?!\.?(\/|$))/.test(path);

/** `path` with its placeholders filled in; one that has no value stays as it is. */
export const filledPath = (path: string, values: PathValues): string =>
  pathTokens(path)
    .map((token) => (token.kind === 'placeholder' ? (values[token.name] ?? token.text) : token.text))
    .join('');

/** What everything that `path` stands for begins with: the path as far as it says one thing. */
export function beginningOf(path: string): string {
  const tokens = pathTokens(path);
  const open = tokens.findIndex(({ kind }) => kind !== 'text');
  return tokens
    .slice(0, open === -1 ? tokens.length : open)
    .map(({ text }) => text)
    .join('');
}

/** More patterns than these are told as one a folder. */
const TOLD_APART = 3;

/** The patterns that origins share, for people: days in them as `{date}`; where their names differ otherwise, the name as `{file}`. */
export function patternsOf(origins: readonly string[]): string[] {
  if (origins.length === 1) return [...origins];
  const days = new Set(origins.map((origin) => origin.replace(/\d{4}-\d{2}-\d{2}/, '{date}')));
  if (days.size <= TOLD_APART) return [...days];
  return [...new Set([...days].map((pattern) => pattern.replace(/[^/]*$/, '{file}')))];
}
