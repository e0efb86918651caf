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

/** Trying again meets the same: a run ends with it at once. */
export abstract class PermanentError extends PipelineError {
  readonly retryable = false;
}

/** May pass by itself: a step is tried again. */
export abstract class TransientError extends PipelineError {
  readonly retryable = true;
}

/** The source has nothing at the place it names. Retrying reads the same nothing. */
export class SourceMissing extends PermanentError {}

/** What the source has for a window is not there yet, or is still being written: no fault of anybody, and a later run takes it. */
export class SourceWaits extends PermanentError {}

/** The source's bytes cannot be read to their end (truncated, corrupt, no permission). Nothing of it was landed. */
export class SourceUnreadable extends PermanentError {}

/** The source has a shape the contract does not allow (a column missing, renamed or added). It is landed, not cleaned. */
export class ContractBroken extends PermanentError {}

/** A definition that cannot work: wrong SQL, columns that differ, a name that is not there. */
export class DefinitionInvalid extends PermanentError {}

/** A newer claim holds this window or origin: the caller's writes are refused and it must stop. */
export class Fenced extends PermanentError {}

/** The source as it is defined now does not name origins whose rows count: somebody must say whether they moved or count no more. */
export class OriginsMoved extends PermanentError {}

/** A gate closed: readers keep the former window. */
export class GateClosed extends PermanentError {}

/** A name that nothing answers to; the message carries the near miss. */
export class UnknownName extends PermanentError {}

/** Bad input on the command line or in settings: exit code 2. */
export class Misused extends PermanentError {}

/** The database's schema was made by newer code than this. */
export class SchemaNewer extends PermanentError {}

/** PostgreSQL refused a statement for a reason that stays the same when it is tried again (classes 22, 23, 42, 28, 3D). */
export class StatementRefused extends PermanentError {
  constructor(
    message: string,
    readonly sqlstate: string,
    more: More = {},
    /** The message without values of rows, for where rows must not go: Temporal's histories. */
    readonly withoutValues: string = message,
  ) {
    super(message, more);
  }
}

/** The stage does not hold what the refresh step computed: somebody emptied it. Nothing is published from it. */
export class StageLost extends PermanentError {}

/** A published table did not take the rows that it was given: a trigger or a rule of its own keeps them away. */
export class RowsRefused extends PermanentError {}

/** The ledger does not remember this run, or a step of it that Temporal does: PostgreSQL lost its last commits. The run begins again. */
export class RunLost extends PermanentError {}

/** The plan of this hash is not what would be done now: the ledger, the code or a schedule moved. */
export class PlanMoved extends PermanentError {}

/** A command that a person, or a machine that is going down, asked to end. */
export class Interrupted extends PermanentError {}

/** PostgreSQL or Temporal is away, full or busy: worth another try. */
export class Unavailable extends TransientError {}

/** Somebody else holds what this step needs; it is not an error to wait. */
export class Busy extends TransientError {}

/** This worker's code is not what the run was started with: another worker may serve it, now or after a deployment. */
export class Unserved extends TransientError {}

/** `text` for a message: quoted, control characters visible, cut at 80 characters. */
export function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(shown);
}
