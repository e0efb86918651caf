/** A part of a whole, as people write it: `1 %`, `0.5 %`. */
export type Share = `${number} %`;

/** What part of the records may be dead letters: above `warnAbove` it is recorded, above `errorAbove` the window is held. */
export interface DeadLetterLimits {
  readonly warnAbove: Share;
  readonly errorAbove: Share;
}

/** Where a definition says nothing: a stray bad record publishes, a file of them does not. */
const DEFAULT_LIMITS: DeadLetterLimits = { warnAbove: '1 %', errorAbove: '20 %' };

/** `share` as a number from 0 to 1. @throws RangeError when it is no percentage. */
export function fractionOf(share: string): number {
  const match = /^(\d+(?:\.\d+)?) %$/.exec(share);
  const percent = match ? Number(match[1]) : NaN;
  if (!(percent <= 100)) throw new RangeError(`${JSON.stringify(share)} is no share: write 1 %, 0.5 %, at most 100 %`);
  return percent / 100;
}

/** What the gate of a cleaned table asks whatever the table declares: how much may be set aside, and whether a window may be emptied. */
export interface ImpliedQuestion {
  readonly label: string;
  readonly severity: 'warn' | 'error';
  readonly asks: { readonly above: Share } | 'emptied';
}

/** The limits of `definition` as questions of its cleaned table's gate. */
export function impliedQuestions(definition: {
  readonly deadLetters?: Partial<DeadLetterLimits>;
  readonly allowEmpty?: boolean;
}): ImpliedQuestion[] {
  const { warnAbove, errorAbove } = { ...DEFAULT_LIMITS, ...definition.deadLetters };
  return [
    { label: `dead_letters(at most ${warnAbove})`, severity: 'warn', asks: { above: warnAbove } },
    { label: `dead_letters(at most ${errorAbove})`, severity: 'error', asks: { above: errorAbove } },
    ...(definition.allowEmpty ? [] : [{ label: 'not_emptied', severity: 'error', asks: 'emptied' } as const]),
  ];
}
