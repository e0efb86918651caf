import { between, notNull, rowCount } from '../checks';
import { cleaned, definePipeline, float, text } from '../model';
import { csvFiles } from '../sources';

/** The file writes NA where it has no name: 12 airports have neither city nor state. */
const naIsNull = (field: string | null): string | null => (field === 'NA' ? null : field);

/** One row an airport. Without event time the table is one window, replaced whole when the file changes. */
export const airports = cleaned({
  name: 'airports',
  description: 'Airports of the United States and their territories, and a few across the Pacific.',
  columns: {
    iata: text().describe('three letters where IATA gave them, else the code of the FAA, up to four characters'),
    name: text(),
    city: text().nullable().parse('na-is-null@1', naIsNull).describe('the town it serves'),
    state: text().nullable().parse('na-is-null@1', naIsNull).describe('two-letter postal code'),
    country: text().describe('name in English; USA for the United States'),
    latitude: float().unit('degree').describe('WGS 84, north is positive'),
    longitude: float().unit('degree').describe('WGS 84, east is positive'),
  },
  key: ['iata'],
  checks: [
    between('latitude', -90, 90).deadLetter(),
    between('longitude', -180, 180).deadLetter(),
    notNull('city').warn(),
    // Airports do not close by the hundred: fewer rows mean a file cut short, and the gate keeps the former table.
    rowCount({ min: 3_000, maxChange: 0.1 }),
  ],
});

/** The lookup that gives flights the name of a city. */
export default definePipeline({
  name: 'airports',
  description: 'Where airports are: a lookup table, from one CSV file.',
  owners: ['air-ops@example.test'],
  source: csvFiles({ path: 'node_modules/vega-datasets/data/airports.csv' }),
  window: 'whole',
  cleaned: airports,
});
