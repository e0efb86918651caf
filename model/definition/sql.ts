import type { CalendarDuration } from '../time/time';

/** What a hole may hold: a table, a window's edge or cover, another fragment, an identifier, or a value that becomes `$1`. */
export type Hole = TableHole | Sql | Covers | Edge | Ident | Value;
export type Value = string | number | bigint | boolean | Date | null | readonly string[] | readonly number[];

/** A table as a hole sees it; `cleaned(…)` and `curated(…)` make the real ones. */
export interface TableHole {
  readonly tableName: string;
}

/** A predicate: `column` lies in the window, stretched by `before` and `after`. */
export class Covers {
  constructor(
    readonly column: string,
    readonly before?: CalendarDuration,
    readonly after?: CalendarDuration,
  ) {}
}

/** The window's start or end as a timestamptz value. */
export class Edge {
  constructor(readonly edge: 'start' | 'end') {}
}

/** A name that the text quotes. */
export class Ident {
  constructor(readonly parts: readonly string[]) {}
}

/** SQL with typed holes, unrendered: tables and windows get their names when somebody asks for the text. */
export class Sql {
  constructor(
    readonly texts: readonly string[],
    readonly holes: readonly Hole[],
  ) {}
}

/** Writes SQL as SQL: `sql\`select … from ${flights} where ${window.covers('departed_at')}\``. Values become `$1`; nothing is pasted. */
export function sql(texts: TemplateStringsArray, ...holes: Hole[]): Sql {
  return new Sql(texts, holes);
}

/** Fragments joined by `separator`. */
export function join(parts: readonly Hole[], separator: string): Sql {
  if (parts.length === 0) return new Sql([''], []);
  return new Sql(['', ...parts.slice(1).map(() => separator), ''], parts);
}

/** A quoted name, for columns that a check was given. */
export const ident = (...parts: string[]): Ident => new Ident(parts);

/** `name` in double quotes. */
export const quoteIdent = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** How a caller wants holes written. */
export interface Rendering {
  table(hole: TableHole): string;
  covers(covers: Covers, param: (value: Value) => string): string;
  edge(edge: 'start' | 'end', param: (value: Value) => string): string;
}

/** The text with `$1…` and its values. */
export interface Rendered {
  readonly text: string;
  readonly values: Value[];
}

/** Writes `fragment` out, depth first, numbering values from `$1`. */
export function render(fragment: Sql, how: Rendering): Rendered {
  const values: Value[] = [];
  const param = (value: Value): string => `$${values.push(value)}`;
  const write = (hole: Hole): string => {
    if (hole instanceof Sql)
      return hole.texts.map((text, i) => text + (i < hole.holes.length ? write(hole.holes[i]!) : '')).join('');
    if (hole instanceof Covers) return how.covers(hole, param);
    if (hole instanceof Edge) return how.edge(hole.edge, param);
    if (hole instanceof Ident) return hole.parts.map(quoteIdent).join('.');
    if (isTable(hole)) return how.table(hole);
    return param(hole);
  };
  return { text: write(fragment), values };
}

/** Every table in the holes of `fragment`, in order of appearance, each once. */
export function tablesIn(fragment: Sql): TableHole[] {
  const found = new Set<TableHole>();
  walk(fragment, (hole) => isTable(hole) && found.add(hole));
  return [...found];
}

/** Every cover in the holes of `fragment`. */
export function coversIn(fragment: Sql): Covers[] {
  const found: Covers[] = [];
  walk(fragment, (hole) => hole instanceof Covers && found.push(hole));
  return found;
}

/** The aliases under which `fragment` reads a table, in order of appearance: `from ${flights} f` is read as `f`. */
export function aliasesOf(fragment: Sql, table: TableHole): (string | null)[] {
  const parts = partsOf(fragment);
  return parts.flatMap((part, i) => (part === table ? [aliasAt(parts[i + 1])] : []));
}

const aliasAt = (text: string | Hole | undefined): string | null =>
  typeof text === 'string' ? (/^\s*(?:as\s+)?"?(\w+)/i.exec(text)?.[1] ?? null) : null;

// Texts and holes as they will stand beside each other. A text that is a value stands in quotes, so that it is none of them.
const partsOf = ({ texts, holes }: Sql): (string | Hole)[] =>
  texts.flatMap((text, i) => {
    const hole = holes[i];
    if (i >= holes.length) return [text];
    if (hole instanceof Sql) return [text, ...partsOf(hole)];
    return [text, typeof hole === 'string' ? "''" : hole!];
  });

function walk(fragment: Sql, visit: (hole: Hole) => void): void {
  for (const hole of fragment.holes) {
    visit(hole);
    if (hole instanceof Sql) walk(hole, visit);
  }
}

function isTable(hole: Hole): hole is TableHole {
  return typeof hole === 'object' && hole !== null && 'tableName' in hole;
}
