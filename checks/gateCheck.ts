import type { CheckContext, DeadLetterCheck, GateCheck, RowCheck, RowRule } from '../model/definition/check';
import type { Sql, TableHole } from '../model/definition/sql';
import { quote } from '../model/run/errors';

/** What a check's file says of its question; the rest is the same for all. */
export interface Question {
  readonly name: string;
  readonly label: string;
  /** The failing rows. `target` is a table name or a select in parentheses, without an alias. */
  readonly failing: (context: CheckContext) => Sql;
  readonly reads?: readonly TableHole[];
}

/** A check of whole tables that closes the gate; `.warn()` asks the same and only records. */
export function gateCheck<Needs>(question: Question, severity: 'warn' | 'error' = 'error'): GateCheck<Needs> {
  return {
    ...question,
    severity,
    reads: question.reads ?? [],
    warn: () => gateCheck<Needs>(question, 'warn'),
  };
}

/** A check of single rows that closes the gate; `.deadLetter()` sets the failing records aside instead. */
export function rowCheck<Needs>(
  question: Question,
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
  return { ...question, severity, reads: question.reads ?? [], rules, warn, deadLetter };
}

/** A value as a label shows it: text in quotes, the rest as it is. */
export const shown = (value: unknown): string => (typeof value === 'string' ? quote(value) : String(value));
