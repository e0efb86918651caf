import { DefinitionInvalid } from '../../run/errors';
import { LocalTime } from '../../time/localTime';
import { hasClock, hasOffset, momentFormat } from '../../time/momentFormat';
import type { ColumnFacts, ColumnWords } from '../column';

const TYPES: Readonly<Record<keyof ColumnWords, readonly string[]>> = {
  format: ['date', 'timestamptz'],
  zone: ['timestamptz'],
  ambiguous: ['timestamptz'],
  epoch: ['timestamptz'],
  oneOf: ['text'],
  allow: ['float'],
};

/** @throws DefinitionInvalid where the words of a column do not go with its type, or with each other; it names the column, the value and what to write. */
export function checkWords(table: string, column: string, { type, from, fields, words = {} }: ColumnFacts): void {
  const wrong = (problem: string, next: string): never => {
    throw new DefinitionInvalid(`${table}.${column}: ${problem}`, { next, stillTrue: 'nothing was changed' });
  };
  if (fields !== undefined) {
    if (fields.length < 2 || !fields.every((field) => typeof field === 'string' && field !== ''))
      wrong(
        `.fromFields(${shown(fields)}) names no several fields`,
        "name them one by one: .fromFields('year', 'month', 'day'); one field is .from('day')",
      );
    if (from !== undefined)
      wrong(`.fromFields(${shown(fields)}) and .from(${shown(from)}) say two places`, 'leave one of them out');
    if (type === 'json')
      wrong(`.fromFields(${shown(fields)}) is no word for json`, 'take them as columns of their own');
  }
  for (const word of Object.keys(words) as (keyof ColumnWords)[])
    if (!TYPES[word].includes(type))
      wrong(`.${word}(${shown(words[word])}) is no word for ${type}`, `it goes with ${TYPES[word].join('() and ')}()`);
  const { format, zone, ambiguous, epoch, oneOf, allow } = words;
  if (format !== undefined) {
    const parts = read(() => momentFormat(format), `.format(${shown(format)})`, wrong);
    if (type === 'date' && hasClock(parts))
      wrong(
        `.format(${shown(format)}) has a time of day, and a date has none`,
        'declare it as timestamptz(), or leave the time out',
      );
    if (hasOffset(parts) && zone !== undefined)
      wrong(`.format(${shown(format)}) has an offset, so .zone(${shown(zone)}) says nothing`, 'leave one of them out');
  }
  if (zone !== undefined) {
    if (typeof zone !== 'string' || zone === '')
      wrong(`.zone(${shown(zone)}) is no time zone`, "name one of the tz database: .zone('Europe/Berlin')");
    read(
      () => new LocalTime(zone),
      `.zone(${shown(zone)})`,
      (problem) =>
        wrong(
          problem,
          "name a time zone of the tz database, as .zone('Europe/Berlin') does; an offset goes into the format (XXX)",
        ),
    );
  }
  if (ambiguous !== undefined) {
    if (!['earlier', 'later'].includes(ambiguous))
      wrong(`.ambiguous(${shown(ambiguous)}) is neither`, "write .ambiguous('earlier') or .ambiguous('later')");
    if (zone === undefined)
      wrong(`.ambiguous(${shown(ambiguous)}) needs a zone whose clocks go back`, "add .zone('Europe/Berlin')");
  }
  if (epoch !== undefined) {
    if (!['s', 'ms'].includes(epoch)) wrong(`.epoch(${shown(epoch)}) is no unit`, "write .epoch('s') or .epoch('ms')");
    if (format !== undefined || zone !== undefined)
      wrong(
        `.epoch(${shown(epoch)}) is a number of UTC, and .${format === undefined ? 'zone' : 'format'} is for written moments`,
        'leave one of them out',
      );
  }
  if (oneOf !== undefined) checkValues(oneOf, wrong);
  if (allow !== undefined)
    for (const one of allow)
      if (!['NaN', 'Infinity'].includes(one))
        wrong(`.allow(${shown(one)}) is no such number`, "write .allow('NaN'), .allow('Infinity') or both");
}

function checkValues(values: readonly string[], wrong: (problem: string, next: string) => never): void {
  if (values.length === 0) wrong('.oneOf() takes no value', "name them: .oneOf('web', 'shop')");
  for (const value of values)
    if (typeof value !== 'string')
      wrong(`.oneOf(${shown(value)}) is no text`, "name the values one by one: .oneOf('web', 'shop')");
  if (new Set(values).size < values.length) wrong('.oneOf names one value twice', 'leave one of them out');
}

/** @throws DefinitionInvalid where a column that SQL computes is told how to read a field */
export function refuseWords(table: string, column: string, { fields, words }: ColumnFacts): void {
  const [word] = [...(fields ? ['fromFields'] : []), ...Object.keys(words ?? {})];
  if (word === undefined) return;
  throw new DefinitionInvalid(
    `${table}.${column}: .${word} says how a field is read, and ${table} is computed by SQL`,
    {
      next: `say it of the column of the cleaned table that the select reads`,
      stillTrue: 'nothing was changed',
    },
  );
}

/** How a column reads its field, for people; null where its type says it. */
export function readingOf({ words }: ColumnFacts): string | null {
  if (!words) return null;
  const { format, zone, ambiguous, epoch, oneOf, allow } = words;
  const said = [
    ...(format === undefined ? [] : [format]),
    ...(zone === undefined ? [] : [`local time of ${zone}${ambiguous ? `, the ${ambiguous} of two` : ''}`]),
    ...(epoch === undefined ? [] : [`${epoch} since 1970`]),
    ...(oneOf === undefined ? [] : [`one of ${oneOf.join(', ')}`]),
    ...(allow === undefined ? [] : [`or ${allow.join(', ')}`]),
  ];
  return said.join(', ');
}

function read<T>(parse: () => T, what: string, wrong: (problem: string, next: string) => never): T {
  try {
    return parse();
  } catch (error) {
    return wrong(
      `${what}: ${(error as Error).message}`,
      "write it as .format('dd.MM.yyyy HH:mm') does; docs/files.md has the letters",
    );
  }
}

const shown = (value: unknown): string =>
  Array.isArray(value) ? value.map(shown).join(', ') : typeof value === 'string' ? `'${value}'` : String(value);
