import { DefinitionInvalid } from '../run/errors';
import type { Columns } from './column';

/** What becomes of a field of the source that no column reads: the first is the default. */
export type NewField = 'deadLetter' | 'refuse' | 'ignore' | 'keep';
/** What a field that no record of a delivery has does to it. */
export type MissingField = 'refuse' | 'null';

/** What a cleaned table says of fields that it does not know, and of those that it knows and that are not there. */
export interface FieldContract {
  /** `deadLetter`: a record with it is set aside. `refuse`: every window of its delivery is held. `ignore`: nothing. `keep`: the column `json().rest()` holds it. */
  readonly newField?: NewField;
  /**
   * `refuse`: every window of the delivery is held. `null`: the column holds nothing of it. Where nothing is said a CSV header must have
   * every field, and in NDJSON what is not written is nothing.
   */
  readonly missingField?: MissingField;
  /** The former word for `newField`: `error` is `deadLetter`. */
  readonly extraFields?: 'error' | 'ignore';
}

const NEW: readonly NewField[] = ['deadLetter', 'refuse', 'ignore', 'keep'];
const MISSING: readonly MissingField[] = ['refuse', 'null'];
const FORMER: Readonly<Record<string, NewField>> = { error: 'deadLetter', ignore: 'ignore' };

/** The words of `said` with their defaults. @throws DefinitionInvalid where a word is none, or one thing is said twice */
export function fieldContract(
  table: string,
  { newField, missingField, extraFields }: FieldContract,
  columns: Columns,
): { readonly newField: NewField; readonly missingField?: MissingField } {
  const wrong = (problem: string, next: string): never => {
    throw new DefinitionInvalid(`${table}: ${problem}`, { next, stillTrue: 'nothing was changed' });
  };
  const oneOf = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
  if (extraFields !== undefined && newField !== undefined)
    wrong(
      `extraFields: '${extraFields}' and newField: '${newField}' say one thing twice`,
      `leave extraFields out: newField is its name now`,
    );
  if (extraFields !== undefined && !(extraFields in FORMER))
    wrong(`extraFields: ${JSON.stringify(extraFields)} is unknown`, `write newField, one of ${oneOf(NEW)}`);
  if (newField !== undefined && !NEW.includes(newField))
    wrong(`newField: ${JSON.stringify(newField)} is unknown`, `write one of ${oneOf(NEW)}`);
  if (missingField !== undefined && !MISSING.includes(missingField))
    wrong(`missingField: ${JSON.stringify(missingField)} is unknown`, `write one of ${oneOf(MISSING)}`);
  const rests = Object.entries(columns).filter(([, { facts }]) => facts.rest);
  const said = newField ?? (extraFields === undefined ? undefined : FORMER[extraFields]);
  if (rests.length > 1)
    wrong(
      `${rests.map(([name]) => name).join(' and ')} are both json().rest()`,
      'one column holds all: leave one of them out',
    );
  if (rests.length === 0 && said === 'keep')
    wrong("newField: 'keep' has no column to keep fields in", 'add one: rest: json().rest()');
  for (const [name, { facts }] of rests) {
    const { from, path, fields, words, parse, nullable } = facts;
    if ([from, path, fields, words, parse].some((one) => one !== undefined) || nullable)
      wrong(
        `${name}: json().rest() says all there is of it`,
        'leave the other words out; where nothing is left it is {}',
      );
    if (said !== undefined && said !== 'keep')
      wrong(
        `newField: '${said}' leaves ${name}, which is json().rest(), empty`,
        "write newField: 'keep', or leave the column out",
      );
  }
  return {
    newField: said ?? (rests.length > 0 ? 'keep' : 'deadLetter'),
    ...(missingField !== undefined && { missingField }),
  };
}

/** What the gate of a cleaned table asks of the fields of the deliveries that a window concerns, where its contract says so. */
export const fieldQuestions = ({
  newField,
  missingField,
}: {
  readonly newField: NewField;
  readonly missingField?: MissingField;
}): readonly ('new_field' | 'missing_field')[] => [
  ...(newField === 'refuse' ? (['new_field'] as const) : []),
  ...(missingField === 'refuse' ? (['missing_field'] as const) : []),
];
