import type { Check } from './check';
import { fractionOf } from './deadLetters';

/** True where `failing` of a window's `rows` are no more than the check lets be; any are too many where it says nothing. */
export function isTolerated({ tolerates = 0 }: Pick<Check, 'tolerates'>, failing: number, rows: number): boolean {
  // Divided, not multiplied: 29 of 100 are 29 %, and 0.29 * 100 is less than 29.
  return (
    failing === 0 || (typeof tolerates === 'number' ? failing <= tolerates : failing / rows <= fractionOf(tolerates))
  );
}
