import type { ColumnType } from '../definition/column';
import type { Pattern } from './pattern';

/** A value that a rule computes from a record, as plain data: SQL, the cleaner and the reference each read it in their own way. */
export type TermNode =
  | { readonly is: 'column'; readonly column: string; readonly type: ColumnType }
  /** A number to the digit, as text. */
  | { readonly is: 'exact'; readonly value: string }
  | { readonly is: 'float'; readonly value: number }
  | { readonly is: 'text' | 'date' | 'timestamptz' | 'uuid'; readonly value: string }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'plus' | 'minus' | 'times'; readonly left: TermNode; readonly right: TermNode }
  /** A day so many days later, or a moment so many milliseconds. */
  | { readonly is: 'later'; readonly of: TermNode; readonly type: 'date' | 'timestamptz'; readonly by: number }
  /** Characters of a text, as Unicode counts code points. */
  | { readonly is: 'length'; readonly of: TermNode };

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** What kind of value is compared: numbers to the digit, doubles as doubles. */
export type Kind = 'exact' | 'float' | 'text' | 'date' | 'timestamptz' | 'uuid' | 'boolean';

/** What a rule says of a record: true, false, or, as in SQL, unknown where a value that it needs is null. */
export type ConditionNode =
  | {
      readonly is: 'compared';
      readonly by: Comparison;
      readonly as: Kind;
      readonly left: TermNode;
      readonly right: TermNode;
    }
  | { readonly is: 'null'; readonly of: TermNode }
  | { readonly is: 'and' | 'or'; readonly of: readonly ConditionNode[] }
  | { readonly is: 'not'; readonly of: ConditionNode }
  | { readonly is: 'matches'; readonly of: TermNode; readonly source: string; readonly pattern: Pattern };

/** The columns that a condition looks at, each once, in order of appearance. */
export function columnsOf(node: ConditionNode | TermNode): string[] {
  const found = new Set<string>();
  const visit = (one: ConditionNode | TermNode): void => {
    if (one.is === 'column') found.add(one.column);
    if ('left' in one) [one.left, one.right].forEach(visit);
    if ('of' in one)
      (Array.isArray(one.of) ? (one.of as readonly ConditionNode[]) : [one.of as TermNode]).forEach(visit);
  };
  visit(node);
  return [...found];
}
