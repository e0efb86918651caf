import type { ColumnType } from '../../model/definition/column';
import type { NewlyFound } from '../../model/run/foundFields';
import { MOST_FOUND, addFound } from '../../model/run/foundFields';
import type { Unread } from '../framing/pathScanner';
import type { PlaceNode } from '../framing/pathTrie';
import { shownText } from '../rejection';

interface Found {
  type: ColumnType | null;
  records: number;
  last: number;
}

/** Counts the fields of JSON records that no column reads, one note a field. */
export class FoundInJson {
  private fields = new Map<PlaceNode, Map<string, Found>>();
  private named = 0;
  private record = 0;

  note(bytes: Buffer, unread: readonly Unread[]): void {
    this.record++;
    for (const { node, name, start, through } of unread) {
      if (through !== undefined) continue;
      const found = this.found(node, name);
      if (found === null) continue;
      found.type ??= typeAt(bytes[start]!);
      // A name that comes twice in a record is one field of it.
      if (found.last !== this.record) found.records++;
      found.last = this.record;
    }
  }

  /** What was found since the last call, by names that PostgreSQL holds. */
  take(): readonly NewlyFound[] {
    if (this.named === 0) return [];
    const all = [...this.fields].flatMap(([{ path }, names]) =>
      [...names].map(([name, { type, records }]) => ({ path: [...path, name].map(held), type, records })),
    );
    this.fields = new Map();
    this.named = 0;
    return addFound(all);
  }

  private found(node: PlaceNode, name: string): Found | null {
    let names = this.fields.get(node);
    if (names === undefined) this.fields.set(node, (names = new Map<string, Found>()));
    let found = names.get(name);
    if (found === undefined) {
      if (this.named >= MOST_FOUND) return null;
      this.named++;
      names.set(name, (found = { type: null, records: 0, last: 0 }));
    }
    return found;
  }
}

const held = (word: string): string => shownText(word).replace(/\p{Surrogate}/gu, '\ufffd');

// By the byte that a value begins with.
function typeAt(byte: number): ColumnType | null {
  switch (byte) {
    case 34:
      return 'text';
    case 123:
    case 91:
      return 'json';
    case 116:
    case 102:
      return 'boolean';
    case 110:
      return null;
    default:
      return 'numeric';
  }
}
