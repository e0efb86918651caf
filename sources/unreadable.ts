import type { PipelineError } from '../model/run/errors';
import { SourceUnreadable } from '../model/run/errors';

/** What a failure to read leaves as it was. */
export const NOTHING_LANDED = 'nothing of it was landed; readers keep what was published';

/** What cannot be read, in the words all file sources share. */
export function unreadable(
  origin: string,
  problem: string,
  more: { next?: string; cause?: unknown } = {},
): PipelineError {
  return new SourceUnreadable(`${origin} cannot be read: ${problem}`, { stillTrue: NOTHING_LANDED, ...more });
}
