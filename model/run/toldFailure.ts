/** What a failure says beside what happened. */
export interface Advice {
  readonly next?: string;
  readonly stillTrue?: string;
}

/** `what` with what is still true and what to do next, as one text: Temporal's Web UI shows a failure's message, and its details only as bytes. */
export const withAdvice = (what: string, advice: Advice): string => what + linesOf(advice);

/** The opposite, for those who show the two by themselves: the text without the lines that `withAdvice` put behind it. */
export function withoutAdvice(text: string, advice: Advice): string {
  const lines = linesOf(advice);
  return lines !== '' && text.endsWith(lines) ? text.slice(0, -lines.length) : text;
}

const linesOf = ({ next, stillTrue }: Advice): string =>
  (stillTrue ? `\n  Still true: ${stillTrue}` : '') + (next ? `\n  Next: ${next}` : '');
