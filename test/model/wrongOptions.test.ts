import type { Column, ColumnType } from '../../model/definition/column';
import { cleaned, curated, date, everyRecord, float, integer, sql, text, timestamptz } from '../../model';

/** A definition in JavaScript, which no compiler has seen. */
const anyhow = (column: unknown) => column as Record<string, (...values: unknown[]) => Column<ColumnType, boolean>>;

const declared = (columns: Record<string, Column<ColumnType, boolean>>) => () =>
  cleaned({ name: 'orders', columns: { id: integer(), ...columns }, key: everyRecord() });
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
