import type { Column, ColumnType } from '../../model/definition/column';
import type { Dialect } from '../../model/definition/reading/dialect';
import { csvFiles } from '../../sources';
import { cleaned, curated, date, everyRecord, float, integer, sql, text, timestamptz } from '../../model';

/** A definition in JavaScript, which no compiler has seen. */
const anyhow = (column: unknown) => column as Record<string, (...values: unknown[]) => Column<ColumnType, boolean>>;

const declared = (columns: Record<string, Column<ColumnType, boolean>>) => () =>
  cleaned({ name: 'orders', columns: { id: integer(), ...columns }, key: everyRecord() });
const dialect = (tried: Record<string, unknown>) => () => csvFiles({ path: 'till.csv', dialect: tried as Dialect });
const column = (at: Column<ColumnType, boolean>) => declared({ at });

/** What a newcomer tries; what the answer says; what it says to do next. */
const TRIED: readonly [tried: string, () => unknown, says: string, next: string][] = [
  [
    'letters of other tools',
    column(date().format('DD.MM.YYYY')),
    "orders.at: .format('DD.MM.YYYY'): DD is not read: write dd (the day)",
    'docs/files.md',
  ],
  [
    'years of other tools',
    column(date().format('dd.MM.YYYY')),
    'YYYY is not read: write yyyy (the year)',
    'docs/files.md',
  ],
  ['strftime', column(date().format('%d.%m.%Y')), 'orders.at', 'docs/files.md'],
  [
    'minutes for the month',
    column(timestamptz().format('dd.mm.yyyy HH:mm')),
    'it names no month: write MM (mm is minutes)',
    'docs/files.md',
  ],
  [
    'no month',
    column(timestamptz().format('dd.yyyy HH:mm')),
    'it names no month: write MM (mm is minutes)',
    'docs/files.md',
  ],
  [
    'a month of minutes',
    column(date().format('yyyy-mm-dd')),
    'it names no month: write MM (mm is minutes)',
    'docs/files.md',
  ],
  [
    'an hour without AM',
    column(timestamptz().format('dd.MM.yyyy hh:mm')),
    'h is the hour of half a day, and needs a (AM or PM); H is 0 to 23',
    'docs/files.md',
  ],
  [
    'a quote that does not close',
    column(date().format("dd 'of MM yyyy")),
    'a quote at character 4 does not close',
    'docs/files.md',
  ],
  [
    'digits that run together',
    column(date().format('dMyyyy')),
    'one or two digits are followed by another digit at once',
    'docs/files.md',
  ],
  ['a weekday', column(date().format('EEE dd.MM.yyyy')), 'EEE is not read: a format has yyyy', 'docs/files.md'],
  [
    'a time of a date',
    column(date().format('dd.MM.yyyy HH:mm')),
    'has a time of day, and a date has none',
    'timestamptz()',
  ],
  [
    'a format of a text',
    column(anyhow(text())['format']!('dd.MM.yyyy')),
    "orders.at: .format('dd.MM.yyyy') is no word for text",
    'date() and timestamptz()',
  ],
  [
    'no such zone',
    column(timestamptz().zone('Europe/Berlln')),
    "orders.at: .zone('Europe/Berlln'): Invalid time zone specified",
    'tz database',
  ],
  ['an offset for a zone', column(timestamptz().zone('+02:00')), "orders.at: .zone('+02:00')", 'XXX'],
  [
    'a zone beside an offset',
    column(timestamptz().format('yyyy-MM-ddTHH:mmXXX').zone('Europe/Berlin')),
    "has an offset, so .zone('Europe/Berlin') says nothing",
    'leave one of them out',
  ],
  [
    'which of two, without a zone',
    column(timestamptz().ambiguous('earlier')),
    "orders.at: .ambiguous('earlier') needs a zone",
    ".zone('Europe/Berlin')",
  ],
  [
    'both',
    column(anyhow(timestamptz().zone('UTC'))['ambiguous']!('first')),
    ".ambiguous('first') is neither",
    ".ambiguous('later')",
  ],
  ['microseconds', column(anyhow(timestamptz())['epoch']!('us')), "orders.at: .epoch('us') is no unit", ".epoch('ms')"],
  [
    'an epoch by a zone',
    column(timestamptz().epoch('s').zone('Europe/Berlin')),
    ".epoch('s') is a number of UTC",
    'leave one of them out',
  ],
  [
    'values as a list',
    column(anyhow(text())['oneOf']!(['web', 'shop'])),
    "orders.at: .oneOf('web', 'shop') is no text",
    'one by one',
  ],
  ['a value twice', column(text().oneOf('web', 'web')), '.oneOf names one value twice', 'leave one of them out'],
  ['no value', column(anyhow(text())['oneOf']!()), '.oneOf() takes no value', ".oneOf('web', 'shop')"],
  [
    'another number',
    column(anyhow(float())['allow']!('inf')),
    "orders.at: .allow('inf') is no such number",
    ".allow('NaN')",
  ],
  [
    'one of several fields',
    column(anyhow(date())['fromFields']!('day')),
    "orders.at: .fromFields('day') names no several fields",
    ".from('day')",
  ],
  ['fields as a list', column(anyhow(date())['fromFields']!(['year', 'day'])), 'names no several fields', 'one by one'],
  [
    'two places',
    column(date().from('day').fromFields('year', 'day')),
    ".fromFields('year', 'day') and .from('day') say two places",
    'leave one of them out',
  ],
  [
    'two characters',
    dialect({ delimiter: '||' }),
    'csvFiles(till.csv): dialect.delimiter is "||", which is 2 characters',
    "';'",
  ],
  [
    'a character of two bytes',
    dialect({ delimiter: '§' }),
    'dialect.delimiter is "§", which is several bytes in utf-8',
    'a character of one byte',
  ],
  ['a line end', dialect({ delimiter: '\n' }), 'dialect.delimiter is "\\n", which ends lines', 'another character'],
  ['nothing between fields', dialect({ delimiter: '' }), 'dialect.delimiter is ""', 'one character'],
  ['the name of another tool', dialect({ sep: ';' }), 'dialect.sep is no option', 'write delimiter'],
  ['lines to skip', dialect({ skiprows: 3 }), 'dialect.skiprows is no option', 'write header'],
  ['an option that is none', dialect({ trim: true }), 'dialect.trim is no option', 'there are delimiter, quote'],
  [
    'one character for two',
    dialect({ delimiter: ';', quote: ';' }),
    'dialect.quote is ";", as dialect.delimiter is',
    'false',
  ],
  ['an escape without quotes', dialect({ quote: false, escape: '\\' }), 'and dialect.quote is false', 'leave it out'],
  ['latin1', dialect({ encoding: 'latin1' }), 'dialect.encoding is "latin1"', 'windows-1252'],
  ['ANSI', dialect({ encoding: 'ANSI' }), 'dialect.encoding is "ANSI"', 'write windows-1252'],
  ['an encoding that is not read', dialect({ encoding: 'shift_jis' }), 'dialect.encoding is "shift_jis"', 'iconv'],
  ['header: true', dialect({ header: true }), 'dialect.header is true', "['id', 'name']"],
  ['header: 0', dialect({ header: 0 }), 'dialect.header is 0', 'from 1'],
  ['a name twice', dialect({ header: ['a', 'a'] }), 'dialect.header has "a" twice', 'each field once'],
  ['a text to skip', dialect({ skip: 'Summe' }), 'dialect.skip is "Summe"', '/^Summe/'],
  ['a pattern with a memory', dialect({ skip: /Summe/g }), 'dialect.skip is /Summe/g', 'flags'],
  ['one null', dialect({ nulls: 'NA' }), 'dialect.nulls is "NA"', "['NA', '-']"],
  [
    'a null that cannot be written',
    dialect({ nulls: ['日'], encoding: 'windows-1252' }),
    'dialect.nulls has "日", which windows-1252 cannot write',
    'another encoding',
  ],
  ['another decimal', dialect({ decimal: ';' }), 'dialect.decimal is ";"', "','"],
  [
    'two marks that are one',
    dialect({ decimal: ',', thousands: ',' }),
    'dialect.thousands is ",", as dialect.decimal is',
    'two different ones',
  ],
  ['digits in groups by a digit', dialect({ thousands: '0' }), 'dialect.thousands is "0"', 'one character'],
  ['another rule for names', dialect({ names: 'camelCase' }), 'dialect.names is "camelCase"', 'snake_case'],
  [
    'a word of a computed column',
    () =>
      curated({
        name: 'days',
        columns: { day: date().format('dd.MM.yyyy') },
        key: ['day'],
        select: () => sql`select 1`,
      }),
    'days.day: .format says how a field is read, and days is computed by SQL',
    'cleaned table',
  ],
];

describe('wrong options, as a newcomer would try them', () => {
  test.each(TRIED)('%s', (_, trying, says, next) => {
    let error: unknown;
    try {
      trying();
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({
      name: 'DefinitionInvalid',
      message: expect.stringContaining(says) as string,
      next: expect.stringContaining(next) as string,
      stillTrue: expect.any(String) as string,
    });
  });
});
