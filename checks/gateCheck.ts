import type {
  Baseline,
  BaselineCheck,
  CheckContext,
  DeadLetterCheck,
  GateCheck,
  RowCheck,
  RowRule,
  Tolerance,
} from '../model/definition/check';
import { fractionOf } from '../model/definition/deadLetters';
import type { Sql, TableHole } from '../model/definition/sql';
import { DefinitionInvalid, quote } from '../model/run/errors';

/** What a check's file says of its question; the rest is the same for all. */
export interface Question {
  readonly name: string;
  readonly label: string;
  /** The failing rows. `target` is a table name or a select in parentheses, without an alias. */
  readonly failing: (context: CheckContext) => Sql;
  readonly reads?: readonly TableHole[];
  /** True of a failing row, over rows called `t`: set where each row is judged by itself. */
  readonly breaks?: Sql;
  readonly tolerates?: Tolerance;
  readonly note?: (context: CheckContext) => Sql;
  readonly saw?: (context: CheckContext) => string;
}

/** A check of whole tables that closes the gate; `.warn()` asks the same and only records. */
export function gateCheck<Needs>(question: Question, severity: 'warn' | 'error' = 'error'): GateCheck<Needs> {
  return {
    ...question,
    severity,
    reads: question.reads ?? [],
    warn: () => gateCheck<Needs>(question, 'warn'),
    above: (tolerance) => gateCheck<Needs>(tolerant(question, tolerance), severity),
  };
}

/** A check of single rows that closes the gate; `.deadLetter()` sets the failing records aside instead. */
export function rowCheck<Needs>(
  question: Question & { readonly breaks: Sql },
  rules: readonly RowRule[],
  severity: 'warn' | 'error' = 'error',
): RowCheck<Needs> {
  const warn = (): RowCheck<Needs> => rowCheck<Needs>(question, rules, 'warn');
  const deadLetter = (): DeadLetterCheck<Needs> => ({
    ...question,
    severity: 'deadLetter',
    reads: question.reads ?? [],
    rules,
    warn,
  });
  return { ...gateCheck<Needs>(question, severity), rules, warn, deadLetter };
}

/** A check of a window against those before it. */
export function baselineCheck<Needs>(
  question: Question,
  baseline: Baseline,
  severity: 'warn' | 'error' = 'error',
): BaselineCheck<Needs> {
  return {
    ...question,
    severity,
    baseline,
    reads: question.reads ?? [],
    warn: () => baselineCheck<Needs>(question, baseline, 'warn'),
  };
}

function tolerant(question: Question, tolerance: Tolerance): Question {
  if (question.tolerates !== undefined)
    throw new DefinitionInvalid(
      `${question.label} says already how many may break it; .above(${tolerance}) says it twice`,
    );
  checkTolerance(question.label, tolerance);
  return { ...question, label: `${question.label} above ${tolerance}`, tolerates: tolerance };
}

/** @throws DefinitionInvalid when `tolerance` is neither a share nor a number of rows. */
export function checkTolerance(label: string, tolerance: Tolerance): void {
  try {
    if (typeof tolerance === 'string') fractionOf(tolerance);
    else if (!(Number.isInteger(tolerance) && tolerance >= 0))
      throw new RangeError(`${tolerance} is no number of rows`);
  } catch (cause) {
    throw new DefinitionInvalid(`${label}: ${(cause as Error).message}`);
  }
}

/** A value as a label shows it: text in quotes, the rest as it is. */
export const shown = (value: unknown): string => (typeof value === 'string' ? quote(value) : String(value));
