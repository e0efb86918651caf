import { DefinitionInvalid } from '../../run/errors';
import type { Dialect } from './dialect';
import { ENCODINGS, OTHER_NAMES, byteOf, isSingleByte } from './encoding';

const OPTIONS = 'delimiter quote escape encoding header comment skip nulls decimal thousands names'.split(' ');

/** What other tools call an option. */
const OTHERS: Readonly<Record<string, string>> = {
  ...{ sep: 'delimiter', separator: 'delimiter', delim: 'delimiter', quotechar: 'quote', quoteChar: 'quote' },
  ...{ escapechar: 'escape', escapeChar: 'escape', charset: 'encoding', na_values: 'nulls', null: 'nulls' },
  ...{ nullValues: 'nulls', null_values: 'nulls', skiprows: 'header', skipRows: 'header', skiprows_: 'header' },
  ...{ comments: 'comment', decimalSeparator: 'decimal', decimal_separator: 'decimal', thousand: 'thousands' },
  ...{ headers: 'header', columns: 'header', skipfooter: 'skip', footer: 'skip' },
};

/** @throws DefinitionInvalid for a dialect that cannot be read by: it names the option, the value and what to write */
export function checkDialect(source: string, dialect: Dialect | undefined): void {
  if (dialect === undefined) return;
  const wrong = (option: string, problem: string, next: string): never => {
    throw new DefinitionInvalid(`${source}: dialect.${option} ${problem}`, { next, stillTrue: 'nothing was changed' });
  };
  for (const option of Object.keys(dialect))
    if (!OPTIONS.includes(option))
      wrong(option, 'is no option', option in OTHERS ? `write ${OTHERS[option]!}` : `there are ${OPTIONS.join(', ')}`);
  const { delimiter = ',', quote = '"', escape, encoding = 'utf-8', header, comment, skip, nulls, names } = dialect;
  if (!ENCODINGS.includes(encoding)) {
    const meant = OTHER_NAMES[String(encoding).toLowerCase()];
    wrong(
      'encoding',
      `is ${shown(encoding)}`,
      meant ? `write ${meant}` : `write one of ${ENCODINGS.join(', ')}; convert other files first (iconv)`,
    );
  }
  const one = (option: string, value: unknown, example: string): void => {
    if (typeof value !== 'string' || value.length === 0)
      wrong(option, `is ${shown(value)}`, `write one character: ${example}`);
    const text = value as string;
    if ([...text].length > 1)
      wrong(option, `is ${shown(text)}, which is ${[...text].length} characters`, `write one character: ${example}`);
    if (byteOf(text, encoding) === -1)
      wrong(
        option,
        `is ${shown(text)}, which is several bytes in ${encoding}`,
        `write a character of one byte: ${example}`,
      );
    if (/[\r\n\0]/.test(text))
      wrong(option, `is ${shown(text)}, which ends lines`, `write another character: ${example}`);
  };
  one('delimiter', delimiter, "',', ';', '\\t' or '|'");
  if (quote !== false) one('quote', quote, `'"' or "'", or false where there are none`);
  if (escape !== undefined) one('escape', escape, "'\\\\'");
  if (comment !== undefined) one('comment', comment, "'#'");
  if (quote === false && escape !== undefined)
    wrong('escape', `is ${shown(escape)}, and dialect.quote is false`, 'leave it out: it is for quoted fields');
  if (delimiter === quote)
    wrong('quote', `is ${shown(quote)}, as dialect.delimiter is`, 'write what fields are put between, or false');
  if (escape !== undefined && escape === delimiter)
    wrong('escape', `is ${shown(escape)}, as dialect.delimiter is`, "write '\\\\', or leave it out");
  if (comment !== undefined && (comment === delimiter || comment === quote))
    wrong('comment', `is ${shown(comment)}, which begins a record`, 'write what no record begins with');
  if (Array.isArray(header)) checkNames(header as unknown[], wrong);
  else if (
    header !== undefined &&
    !(Number.isInteger(header) && (header as number) >= 1 && (header as number) <= 10_000)
  )
    wrong(
      'header',
      `is ${shown(header)}`,
      "write the number of the line that has the names (from 1), or the names: ['id', 'name']",
    );
  if (skip !== undefined && !(skip instanceof RegExp))
    wrong(
      'skip',
      `is ${shown(skip)}`,
      'write a pattern of the records to leave out: /^Summe/; lines before the names: header: 4',
    );
  if (skip && /[gy]/.test(skip.flags))
    wrong('skip', `is ${String(skip)}`, 'leave out the flags g and y: each record is asked by itself');
  if (nulls !== undefined) {
    if (!Array.isArray(nulls)) wrong('nulls', `is ${shown(nulls)}`, "write a list: ['NA', '-']");
    for (const value of nulls as unknown[])
      if (typeof value !== 'string' || value === '')
        wrong('nulls', `has ${shown(value)}`, "write texts: ['NA', '-']; an empty field is nothing already");
      else if (isSingleByte(encoding) && [...value].some((character) => byteOf(character, encoding) === -1))
        wrong('nulls', `has ${shown(value)}, which ${encoding} cannot write`, 'leave it out, or name another encoding');
  }
  checkNumbers(dialect, wrong);
  if (names !== undefined && names !== 'snake_case')
    wrong('names', `is ${shown(names)}`, "write 'snake_case', or leave it out");
}

type Wrong = (option: string, problem: string, next: string) => never;

function checkNames(names: readonly unknown[], wrong: Wrong): void {
  if (names.length === 0) wrong('header', 'is an empty list', "name the fields: ['id', 'name']");
  const seen = new Set<unknown>();
  for (const name of names) {
    if (typeof name !== 'string' || name === '')
      wrong('header', `has ${shown(name)}`, "name the fields: ['id', 'name']");
    if (seen.has(name)) wrong('header', `has ${shown(name)} twice`, 'name each field once');
    seen.add(name);
  }
}

function checkNumbers({ decimal = '.', thousands }: Dialect, wrong: Wrong): void {
  if (decimal !== '.' && decimal !== ',') wrong('decimal', `is ${shown(decimal)}`, "write ',' or '.'");
  if (thousands === undefined) return;
  if (typeof thousands !== 'string' || [...thousands].length !== 1 || /[\d+\-eE\r\n]/.test(thousands))
    wrong('thousands', `is ${shown(thousands)}`, "write one character: '.', ',', ' ', \"'\"");
  if (thousands === decimal)
    wrong('thousands', `is ${shown(thousands)}, as dialect.decimal is`, 'write two different ones');
}

const shown = (value: unknown): string =>
  value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? String(value));
