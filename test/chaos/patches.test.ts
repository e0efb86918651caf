import { readFileSync } from 'node:fs';
import { PLANTS } from '../../bench/chaos/planted/plants';
import { MUTANTS } from '../../bench/mutants/mutants';
import { patched } from '../../bench/patch';

test('planted faults and mutants fit the code as it is: each text that they replace is there once', () => {
  for (const patch of [...PLANTS, ...MUTANTS]) {
    const source = readFileSync(patch.file, 'utf8');
    expect([patch.name, patched(source, patch) === source]).toEqual([patch.name, false]);
  }
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test('a text that is not there, or is there twice, is refused by name', () => {
  const patch = { name: 'some', file: 'some.ts', search: 'a', replacement: 'b' };
  expect(() => patched('b', patch)).toThrow('some: the text it replaces is 0 times in some.ts, not once');
  expect(() => patched('a a', patch)).toThrow('2 times');
});
