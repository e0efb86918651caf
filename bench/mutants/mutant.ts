import type { Patch } from '../patch';

/** One condition that guards the promise, taken away. */
export interface Mutant extends Patch {
  /** What the condition is there for. */
  readonly guards: string;
  /** Test files that should see it, tried first. */
  readonly tests: readonly string[];
}
