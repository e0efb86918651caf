import type { Project } from '../model/definition/project';

/** Options that every verb takes. */
export interface GlobalOptions {
  /** One JSON object, or one a line, instead of text. */
  readonly json?: boolean;
  /** With the stack of an error. */
  readonly debug?: boolean;
}

/** What a verb does: it gets its arguments, its options and the project, and answers with the exit code (nothing is 0). */
export type Verb<O = object> = (
  args: readonly string[],
  options: O & GlobalOptions,
  project: Project,
) => Promise<number | void>;
