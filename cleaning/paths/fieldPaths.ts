import type { Output } from '../output';
import type { ExactPath } from './exactPath';

/**
 * Writes the field [start, end) when it is surely valid, and says so; false decides nothing: the exact path looks at it.
 * No text is made and nothing allocated: these run once a field of bulk data.
 */
export type FastPath = (bytes: Buffer, start: number, end: number, out: Output) => boolean;

/** The two ways of reading one column. */
export interface Paths {
  readonly fast: FastPath;
  readonly exact: ExactPath;
}
