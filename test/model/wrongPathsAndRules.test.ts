import { cleaned, definePipeline, everyRecord, integer, json, text } from '../../model';
import type { Columns } from '../../model';
import type { Format } from '../../model/definition/source';
import { DefinitionInvalid } from '../../model/run/errors';
import { MemoryFiles } from '../../testing/memoryFiles';

/** What somebody new to a definition writes, as no compiler stops it: each is answered with the field, the value and the next step. */
interface Wrong {
  readonly what: string;
  readonly definition: () => unknown;
  readonly said: readonly string[];
}

const pipeline = (columns: Columns, format: Format = 'ndjson'): unknown =>
  definePipeline({
    ...{ name: 'events', description: 'events', owners: ['events@example.test'], source: new MemoryFiles(format) },
    ...{ window: 'whole', cleaned: cleaned({ name: 'events', columns, key: everyRecord() }) },
  });
const loose = (column: unknown): { from(...words: unknown[]): never } => column as never;

const wrong = (what: string, definition: () => unknown, ...said: string[]): Wrong => ({ what, definition, said });

const PLACES: readonly Wrong[] = [
  wrong('no field', () => loose(text()).from(), '.from() names no field', "'user', 'geo', 'country'"),
  wrong(
    'a list',
    () => loose(text()).from(['user', 'id']),
    '.from(["user","id"]) names no field',
    'each object on the way',
  ),
  wrong('a number', () => loose(text()).from('items', 0), '.from(0) names no field', 'each object on the way'),
  wrong(
    'a path into a CSV field',
    () => pipeline({ country: text().from('user', 'country') }, 'csv'),
    'pipeline events: column country is read from .from("user", "country")',
    '.from("user.country") where that is the name of one field',
    'json()',
    'weir check',
  ),
  wrong(
    'a number, and what lies inside it',
    () => pipeline({ user: integer(), id: integer().from('user', 'id') }),
    'column user reads user as integer, and column id reads user.id inside it',
    'make user json()',
  ),
  wrong(
    'a text deep inside, and what lies inside it',
    () => pipeline({ geo: text().from('user', 'geo'), zip: text().from('user', 'geo', 'zip.code') }),
    'column geo reads user.geo as text, and column zip reads user.geo."zip.code" inside it',
  ),
];

describe('a wrong option is answered with the field, the value and the next step', () => {
  test.each([...PLACES])('$what', ({ definition, said }) => {
    let error: unknown;
    try {
      definition();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DefinitionInvalid);
    const { message, next = '' } = error as DefinitionInvalid;
    for (const text of said) expect(`${message}\n${next}`).toContain(text);
    expect(next).not.toBe('');
  });
});

test('an object as JSON, and a leaf of it in a column of its own, are no mistake', () => {
  expect(() =>
    pipeline({ user: json(), id: integer().from('user', 'id'), again: integer().from('user', 'id') }),
  ).not.toThrow();
});
