import type { Counted, Sample } from '../../cleaning/cleanSample';
import { fractionOf, impliedQuestions } from '../../model/definition/deadLetters';
import type { Pipeline } from '../../model/definition/pipeline';
import { pathText } from '../../model/definition/reading/fieldPath';
import { counted } from '../../model/run/counted';
import { quote } from '../../model/run/errors';
import { columnLine } from '../../model/run/foundFields';
import type { Instant } from '../../model/time/time';
import { WHOLE, windowAt, windowName } from '../../model/time/window';

/** A limit on dead letters that a sample is above, as a whole or in one window. */
export interface AboveLimit {
  readonly check: string;
  readonly severity: 'warn' | 'error';
  /** `the file`, or a window. */
  readonly what: string;
  readonly deadLetters: number;
  readonly records: number;
  readonly firstReason: string | null;
}

/**
 * What the gate on dead letters would say of a delivery of this sample: of all of it, and of each window. Of what else lies in those
 * windows, and of what was there before, it knows nothing.
 */
export function sampleGate(
  pipeline: Pipeline,
  sample: Sample,
): { closed: boolean; above: AboveLimit[]; refused: string[] } {
  const reason = sample.first[0]?.reason ?? null;
  const parts: [what: string, counted: Counted][] = [['the file', { ...sample, reason }]];
  for (const [start, counted] of sample.windows)
    if (start !== null && pipeline.window !== 'whole')
      parts.push([windowName(start === WHOLE.start ? WHOLE : windowAt(pipeline.window, start as Instant)), counted]);
  const above = impliedQuestions(pipeline).flatMap(({ label, severity, asks }) =>
    asks === 'emptied'
      ? []
      : parts.flatMap(([what, { deadLetters, records, reason: firstReason }]): AboveLimit[] =>
          deadLetters > fractionOf(asks.above) * records
            ? [{ check: label, severity, what, deadLetters, records, firstReason }]
            : [],
        ),
  );
  const { newField, missingField } = pipeline.cleaned;
  const refused = [
    ...(newField === 'refuse' ? sample.fresh : []).map(
      (found) => `${quote(pathText(found.path))} in ${counted(found.records, 'record')}: add ${columnLine(found)}`,
    ),
    ...(missingField === 'refuse' ? sample.absent : []).map(({ field }) => `no record has ${quote(field)}`),
  ];
  return { closed: refused.length > 0 || above.some(({ severity }) => severity === 'error'), above, refused };
}
