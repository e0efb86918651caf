import { FENCE_MUTANTS } from './list/fence';
import { INFLOW_MUTANTS } from './list/inflow';
import { REFRESH_MUTANTS } from './list/refresh';
import { TOUCHES_MUTANTS } from './list/touches';
import { WINNERS_MUTANTS } from './list/winners';
import type { Mutant } from './mutant';

/** Every mutant. One that guards nothing any more goes with the code that it was of. */
export const MUTANTS: readonly Mutant[] = [
  ...FENCE_MUTANTS,
  ...REFRESH_MUTANTS,
  ...INFLOW_MUTANTS,
  ...WINNERS_MUTANTS,
  ...TOUCHES_MUTANTS,
];
