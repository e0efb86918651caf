import type { Encoding } from './encoding';

/** How CSV is written, where it is not RFC 4180 in UTF-8 with a header line. */
export interface Dialect {
  /** What is between two fields: a comma where nothing is said. */
  readonly delimiter?: string;
  /** What a field with delimiters or line ends in it is put between: `"` where nothing is said; false where nothing is. */
  readonly quote?: string | false;
  /** What makes the next character of a quoted field stand for itself: the quote itself where nothing is said. */
  readonly escape?: string;
  readonly encoding?: Encoding;
  /** The line of the file that has the names, from 1; or the names, of a file without such a line. */
  readonly header?: number | readonly string[];
  /** What a line begins with that is no record. */
  readonly comment?: string;
  /** Of a record that is none (totals): asked of its first 1,000 characters. */
  readonly skip?: RegExp;
  /** Fields that are nothing: `NA`, `-`. */
  readonly nulls?: readonly string[];
  /** What the fraction of a number stands behind. */
  readonly decimal?: '.' | ',';
  /** What is between groups of three digits. */
  readonly thousands?: string;
  /** Names of the header by a rule: `Bestell-Nr.` is bestell_nr. */
  readonly names?: 'snake_case';
}

const DEFAULTS: Readonly<Record<string, unknown>> = { delimiter: ',', quote: '"', encoding: 'utf-8', decimal: '.' };

/** What a dialect says that is not said already: in order, as plain data. */
function facts(dialect: Dialect): Record<string, unknown> {
  const said = Object.entries(dialect as Record<string, unknown>).filter(
    ([name, value]) =>
      value !== undefined &&
      value !== DEFAULTS[name] &&
      !(name === 'escape' && value === (dialect.quote ?? '"')) &&
      !(name === 'nulls' && dialect.nulls!.length === 0),
  );
  return Object.fromEntries(
    said
      .map(([name, value]) => [name, value instanceof RegExp ? String(value) : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** What cleaning depends on, as plain data; null where it is CSV as everybody writes it. */
export function dialectFacts(dialect: Dialect | undefined): Record<string, unknown> | null {
  const said = facts(dialect ?? {});
  return Object.keys(said).length === 0 ? null : said;
}

/** Options that say where a record ends, and which line is one. */
const FRAMING = ['comment', 'delimiter', 'escape', 'header', 'quote', 'skip'];

/** The part of a dialect that cuts a file into records, as text; empty where it is CSV as everybody writes it. Raw that was cut by another is cut again. */
export function framingText(dialect: Dialect | undefined): string {
  if (!dialect) return '';
  const said = facts(dialect);
  const cutting = Object.fromEntries(Object.entries(said).filter(([name]) => FRAMING.includes(name)));
  // Of names in the place of a header line only their being there.
  if (typeof dialect.header === 'object') cutting['header'] = 0;
  // A record is skipped by its characters, and a delimiter beyond ASCII is a byte of its encoding.
  if (said['encoding'] !== undefined && /[^\x00-\x7f]|skip/.test(JSON.stringify(cutting)))
    cutting['encoding'] = said['encoding'];
  return Object.keys(cutting).length === 0 ? '' : JSON.stringify(cutting);
}

/** The dialect that such a text says: what raw was cut by. */
export function framingDialect(text: string): Dialect {
  if (text === '') return {};
  const { skip, header, ...said } = JSON.parse(text) as Dialect & { skip?: string };
  const pattern = skip === undefined ? null : /^\/([^]*)\/([a-z]*)$/.exec(skip);
  return {
    ...said,
    ...(header !== undefined && { header: header === 0 ? [] : header }),
    ...(pattern && { skip: new RegExp(pattern[1]!, pattern[2]) }),
  };
}

/** A name as `names: 'snake_case'` has it: `Bestell-Nr.` is bestell_nr, `orderID` order_id, `Größe` grosse. */
export const snakeCase = (name: string): string =>
  name
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
