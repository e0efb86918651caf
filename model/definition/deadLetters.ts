/** A part of a whole, as people write it: `1 %`, `0.5 %`. */
export type Share = `${number} %`;

/** What part of the records may be dead letters: above `warnAbove` it is recorded, above `errorAbove` the window is held. */
export interface DeadLetterLimits {
  readonly warnAbove: Share;
  readonly errorAbove: Share;
}

/** Where a definition says nothing: a stray bad record publishes, a file of them does not. */
export const DEFAULT_LIMITS: DeadLetterLimits = { warnAbove: '1 %', errorAbove: '20 %' };

/** `share` as a number from 0 to 1. @throws RangeError when it is no percentage. */
export function fractionOf(share: string): number {
  const match = /^(\d+(?:\.\d+)?) %$/.exec(share);
  const percent = match ? Number(match[1]) : NaN;
  if (!(percent <= 100)) throw new RangeError(`${JSON.stringify(share)} is no share: write 1 %, 0.5 %, at most 100 %`);
  return percent / 100;
}
