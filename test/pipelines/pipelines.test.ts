import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Columns } from '../../model/definition/column';
import { readsOf } from '../../model/definition/reads';
import { pipelines } from '../../pipelines';
import airports, { airports as airportsTable } from '../../pipelines/airports';
import flights, { airportDaily, flights as flightsTable } from '../../pipelines/flights';
describe('the register', () => {
  test('lists every pipeline of the folder, by the name of its file', () => {
    const files = readdirSync(join(__dirname, '../../pipelines'))
      .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
      .map((name) => name.replace(/\.ts$/, ''));
    expect(pipelines.map(({ name }) => name).sort()).toEqual(files.sort());
  });

  test('no two pipelines share the name of a table or a sink', () => {
    const tables = pipelines.flatMap(({ cleaned, curated }) => [cleaned, ...curated].map((table) => table.tableName));
    const targets = pipelines.flatMap(({ publish }) => publish.map((sink) => sink.relation));
    expect(new Set(tables).size).toBe(tables.length);
    expect(new Set(targets).size).toBe(targets.length);
  });

  test('says what every table is, and what one is of every number', () => {
    for (const { cleaned, curated } of pipelines)
      for (const table of [cleaned, ...curated]) {
        expect(table.description).toBeDefined();
        for (const [name, { facts }] of Object.entries(table.columns as Columns))
          if (['integer', 'bigint', 'float', 'numeric'].includes(facts.type))
            expect({ name, unit: facts.unit }).toEqual({ name, unit: expect.any(String) });
      }
  });
});

describe('the examples', () => {
  test('flights depends on airports, because its select reads that table', () => {
    expect(readsOf(airportDaily)).toEqual([flightsTable, airportsTable]);
    expect(flights.window).toBe('1d');
    expect(airports.window).toBe('whole');
  });

  test('their files are there, and one delivery covers all windows', async () => {
    for (const { source } of pipelines) {
      expect(source.shared).toBe(true);
      expect(await source.list({ start: '2001-01-01T00:00:00Z', end: '2001-01-02T00:00:00Z' })).toHaveLength(1);
    }
  });

  test('NA, as the file of airports writes it, is no city', () => {
    const parse = airportsTable.columns.city.facts.parse!;
    expect(['NA', 'Napa', '', null].map(parse)).toEqual([null, 'Napa', '', null]);
  });
});
