/**
 * An error that a person reads: what, where, what next, and what is still true.
 * The class is the retry decision (`retryable`), the fields are the evidence; `name` becomes the failure's type in Temporal.
 */
export abstract class PipelineError extends Error {
  abstract readonly retryable: boolean;
  /** What to do next, as a command or a sentence. */
  readonly next?: string;
  /** What the failure left untouched. */
  readonly stillTrue?: string;

  constructor(message: string, more: { next?: string; stillTrue?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = new.target.name;
    if (more.next !== undefined) this.next = more.next;
    if (more.stillTrue !== undefined) this.stillTrue = more.stillTrue;
  }
}

type More = { next?: string; stillTrue?: string; cause?: unknown };

/** The source has nothing at the place it names. Retrying reads the same nothing. */
export class SourceMissing extends PipelineError {
  readonly retryable = false;
}

/** The source's bytes cannot be read to their end (truncated, corrupt, no permission). Nothing of it was landed. */
export class SourceUnreadable extends PipelineError {
  readonly retryable = false;
}

/** The source has a shape the contract does not allow (a column missing, renamed or added). It is landed, not cleaned. */
export class ContractBroken extends PipelineError {
  readonly retryable = false;
}

/** A definition that cannot work: wrong SQL, columns that differ, a name that is not there. */
export class DefinitionInvalid extends PipelineError {
  readonly retryable = false;
}

/** A newer claim holds this window or origin: the caller's writes are refused and it must stop. */
export class Fenced extends PipelineError {
  readonly retryable = false;
}

/** A gate closed: readers keep the former window. */
export class GateClosed extends PipelineError {
  readonly retryable = false;
}

/** A name that nothing answers to; the message carries the near miss. */
export class UnknownName extends PipelineError {
  readonly retryable = false;
}

/** Bad input on the command line or in settings: exit code 2. */
export class Misused extends PipelineError {
  readonly retryable = false;
}

/** The database's schema was made by newer code than this. */
export class SchemaNewer extends PipelineError {
  readonly retryable = false;
}

/** PostgreSQL refused a statement for a reason that retrying does not mend (classes 22, 23, 42, 28, 3D). */
export class StatementRefused extends PipelineError {
  readonly retryable = false;
  constructor(
    message: string,
    readonly sqlstate: string,
    more: More = {},
  ) {
    super(message, more);
  }
}

/** PostgreSQL or Temporal is away, full or busy: worth another try. */
export class Unavailable extends PipelineError {
  readonly retryable = true;
}

/** Somebody else holds what this step needs; it is not an error to wait. */
export class Busy extends PipelineError {
  readonly retryable = true;
}

/** This worker's code is not what the run was started with: another worker may serve it, now or after a deployment. */
export class Unserved extends PipelineError {
  readonly retryable = true;
}

/** `text` for a message: quoted, control characters visible, cut at 80 characters. */
export function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(shown);
}
