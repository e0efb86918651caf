declare global {
  /** True in tests alone: builds replace it by false, and what hangs on it is gone. */
  var WEIR_FAILPOINTS: boolean | undefined;
}

/** Where a commit may be cut off: before it, or between it and its answer. */
export interface Boundary {
  readonly side: 'before' | 'after';
  /** The transaction's holder (its step), or the statement that commits by itself. */
  readonly what: string;
}

/** What a test does at every commit of this process; throwing is the crash. */
export const failpoint: { at: (boundary: Boundary) => void } = { at: () => undefined };

/** Commits by itself: everything but a question. */
export const isWrite = (statement: string): boolean => /^\s*(insert|update|delete|with)\b/i.test(statement);
