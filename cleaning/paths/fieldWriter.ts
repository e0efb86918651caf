import type { ColumnFacts } from '../../model/definition/column';
import { pathOf } from '../../model/definition/reading/fieldPath';
import type { CsvForm } from '../framing/csvForm';
import { PLAIN_CSV } from '../framing/csvForm';
import type { Output } from '../output';
import type { Rejection } from '../rejection';
import { notText, nullReason, shownIn, shownText } from '../rejection';
import { columnPaths } from '../words/columnPaths';

/** Writes one column's values into rows: the sure path first, the exact path for what it leaves open. */
export class FieldWriter {
  /** True when an empty quoted field is a value of this type, not an absence. */
  readonly keepsEmpty: boolean;
  /** True when the definition parses the text itself. */
  readonly parses: boolean;
  private readonly fastPath;
  private readonly exactPath;
  private readonly nullReason: string;

  constructor(
    readonly name: string,
    private readonly facts: ColumnFacts,
    private readonly form: CsvForm = PLAIN_CSV,
  ) {
    this.keepsEmpty = facts.type === 'text';
    this.parses = facts.parse !== undefined;
    const { fast, exact } = columnPaths(facts, form);
    this.fastPath = fast;
    this.exactPath = exact;
    this.nullReason = nullReason(pathOf(name, facts));
  }

  /** A field's bytes; null when it was written. */
  bytes(bytes: Buffer, start: number, end: number, out: Output): Rejection | null {
    if (!this.facts.parse && this.fastPath(bytes, start, end, out)) return null;
    return this.text(bytes, start, end, false, out);
  }

  /** What is between the quotes of a JSON string that holds escapes. */
  escaped(bytes: Buffer, start: number, end: number, out: Output): Rejection | null {
    return this.text(bytes, start, end, true, out);
  }

  private text(bytes: Buffer, start: number, end: number, escaped: boolean, out: Output): Rejection | null {
    const { characters } = this.form;
    let text = characters.text(bytes, start, end);
    if (text === null) {
      const reason = characters.fault(bytes, start, end);
      return { column: this.name, reason, value: shownIn(characters, bytes, start, end) };
    }
    if (escaped) text = JSON.parse(`"${text}"`) as string;
    return this.facts.parse ? this.parsed(text, out) : this.exact(text, text, out);
  }

  /** An absent or empty field, or JSON's null. */
  absent(out: Output): Rejection | null {
    if (this.facts.parse) return this.parsed(null, out);
    return this.nothing(null, out);
  }

  private parsed(text: string | null, out: Output): Rejection | null {
    let value: unknown;
    try {
      value = this.facts.parse!(text);
    } catch (error) {
      return {
        column: this.name,
        reason: `parse: ${shownText(error instanceof Error ? error.message : String(error))}`,
        value: text && shownText(text),
      };
    }
    if (value === null) return this.nothing(text, out);
    if (typeof value !== 'string') return { column: this.name, reason: notText(value), value: text && shownText(text) };
    return this.exact(value, text ?? value, out);
  }

  private exact(value: string, source: string, out: Output): Rejection | null {
    out.room(value.length * 3 + 16);
    const reason = this.exactPath(value, out);
    return reason === null ? null : { column: this.name, reason, value: shownText(source) };
  }

  private nothing(source: string | null, out: Output): Rejection | null {
    if (!this.facts.nullable) return { column: this.name, reason: this.nullReason, value: source && shownText(source) };
    out.int32(-1);
    return null;
  }
}
