import fc from 'fast-check';
import type { Definition } from './definition';

/** One reading of a file. Days 0 and 5 are outside of every history. */
export interface Reading {
  readonly day: number;
  readonly hour: number;
  readonly sensor: string;
  /** Null: none; 99: more than any definition takes; x: no number. */
  readonly value: number | null | 'x';
  readonly revision: number | null;
  readonly note: boolean;
}

/** Where a run is cut off: at which of its commits, and what becomes of it. */
export interface Crash {
  readonly commit: number;
  /** Its step is tried again; or its workflow is gone too, and nobody closes it. */
  readonly then: 'retried' | 'lost';
}

export type Act =
  | { readonly kind: 'write'; readonly day: number; readonly readings: readonly Reading[] }
  | { readonly kind: 'run' | 'rerun'; readonly day: number; readonly crash: Crash | null }
  | { readonly kind: 'define'; readonly change: Partial<Definition> }
  | { readonly kind: 'vanish'; readonly day: number }
  /** The folder gets the other name, and the definition with it; or the definition alone names the other folder. */
  | { readonly kind: 'move'; readonly files: boolean }
  | { readonly kind: 'decide' | 'apply' }
  | { readonly kind: 'damage'; readonly damage: Damage; readonly nth: number };

/** What somebody does to the tables by hand. */
export type Damage =
  | `cleaned row ${'changed' | 'deleted'}`
  | `dead letter ${'changed' | 'deleted'}`
  | `target row ${'changed' | 'deleted' | 'added'}`
  | `target ${'emptied' | 'dropped'}`;

const reading: fc.Arbitrary<Reading> = fc.record({
  day: fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 3 }), weight: 9 },
    { arbitrary: fc.constantFrom(0, 5), weight: 1 },
  ),
  hour: fc.constantFrom(1, 13, 23),
  sensor: fc.constantFrom('north', 'south'),
  value: fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 9 }) as fc.Arbitrary<Reading['value']>, weight: 8 },
    { arbitrary: fc.constantFrom<Reading['value']>(null, 99, 'x'), weight: 1 },
  ),
  revision: fc.option(fc.integer({ min: 1, max: 3 })),
  note: fc.boolean(),
});

const write: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('write' as const),
  day: fc.integer({ min: 1, max: 3 }),
  readings: fc.array(reading, { maxLength: 4 }),
});
const crash: fc.Arbitrary<Crash> = fc.record({
  commit: fc.integer({ min: 0, max: 16 }),
  then: fc.constantFrom('retried' as const, 'lost' as const),
});
const run: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom('run' as const, 'rerun' as const),
  day: fc.integer({ min: 1, max: 3 }),
  crash: fc.option(crash, { freq: 2 }) as fc.Arbitrary<Crash | null>,
});
const of = <K extends keyof Definition>(knob: K, ...values: Definition[K][]): fc.Arbitrary<Act> =>
  fc.constantFrom(...values).map((value) => ({ kind: 'define' as const, change: { [knob]: value } }));
const define: fc.Arbitrary<Act> = fc.oneof(
  of('most', 5, 9),
  of('total', 'sum', 'max'),
  of('atMost', null, 1, 2),
  of('reach', '1d', '2d'),
  of('notes', false, true),
  of('latestBy', false, true),
  of('key', 'at, sensor', 'sensor'),
  of('outside', 'keep', 'deadLetter'),
  of('from', '2024-05-01T00:00:00Z', '2024-05-02T00:00:00Z'),
  of('grain', '1d', '12h', '1d@Europe/Berlin'),
  of('until', '2024-05-03T00:00:00Z', '2024-05-04T00:00:00Z'),
  of('sinks', [], ['marts.daily'], ['marts.daily', 'marts.daily_copy'], ['marts.rolling', 'marts.daily_copy']),
);
const move: fc.Arbitrary<Act> = fc.record({ kind: fc.constant('move' as const), files: fc.boolean() });
const vanish: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('vanish' as const),
  day: fc.integer({ min: 1, max: 3 }),
});
const damage: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('damage' as const),
  damage: fc.constantFrom<Damage>(
    ...(['cleaned row changed', 'cleaned row deleted', 'dead letter changed', 'dead letter deleted'] as const),
    ...(['target row changed', 'target row deleted', 'target row added', 'target emptied', 'target dropped'] as const),
  ),
  nth: fc.integer({ min: 0, max: 3 }),
});
const apply: fc.Arbitrary<Act> = fc.constantFrom({ kind: 'decide' }, { kind: 'apply' }, { kind: 'apply' });

/** A history: files, runs and changes in any order. */
export const history: fc.Arbitrary<Act[]> = fc
  .tuple(
    fc.array(reading, { minLength: 1, maxLength: 6 }),
    fc.array(
      fc.oneof(
        { arbitrary: write, weight: 3 },
        { arbitrary: run, weight: 3 },
        { arbitrary: define, weight: 4 },
        { arbitrary: damage, weight: 2 },
        { arbitrary: fc.oneof(move, vanish), weight: 2 },
        { arbitrary: apply, weight: 2 },
      ),
      { minLength: 2, maxLength: 8 },
    ),
  )
  // Most begin with something published: what changes then is worth more.
  .map(([readings, acts]) => [{ kind: 'write', day: 1, readings }, { kind: 'apply' }, ...acts]);

const lineOf = ({ day, hour, sensor, value, revision, note }: Reading): string =>
  [
    day === 0 ? `2024-04-30T${two(hour)}:00:00Z` : `2024-05-0${day}T${two(hour)}:00:00Z`,
    ...[sensor, value ?? '', revision ?? '', note ? 'seen' : ''],
  ].join(',');

export const csvOf = (readings: readonly Reading[]): string =>
  ['at,sensor,value,revision,note', ...readings.map(lineOf), ''].join('\n');

const two = (hour: number): string => String(hour).padStart(2, '0');

/** An act as a person would tell it. */
export function inWords(act: Act): string {
  switch (act.kind) {
    case 'write':
      return `write the file of May ${act.day}: ${act.readings.map(lineOf).join(' | ') || 'no record'}`;
    case 'run':
    case 'rerun':
      return `${act.kind} the window of May ${act.day}${act.crash ? `, cut off at its commit ${act.crash.commit}, then ${act.crash.then}` : ''}`;
    case 'define':
      return `define ${JSON.stringify(act.change)}`;
    case 'vanish':
      return `the file of May ${act.day} is gone`;
    case 'move':
      return act.files
        ? 'the folder is renamed, in the definition too'
        : 'the definition names the other folder, the files stay';
    case 'decide':
      return 'decide what the plan asks of origins: the same files elsewhere, else retired';
    case 'apply':
      return 'plan, then apply';
    case 'damage':
      return `damage: ${act.damage} (the ${act.nth}th there is)`;
  }
}

export const storyOf = (acts: readonly Act[]): string =>
  [...acts.map((act, i) => `  ${i + 1}. ${inWords(act)}`), '', `  again: ${JSON.stringify(acts)}`].join('\n');
