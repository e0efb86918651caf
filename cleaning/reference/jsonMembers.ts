const SPACE = ' \t\r\n';

/**
 * The members of one JSON object, known to be valid: names with their quotes, and each value's own text. A name that comes twice comes twice here.
 */
export function* jsonMembers(text: string): Generator<[name: string, value: string]> {
  let at = spaceEnd(text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    const name = at;
    at = stringEnd(text, at);
    const colon = spaceEnd(text, at);
    const value = spaceEnd(text, colon + 1);
    const end = valueEnd(text, value);
    yield [text.slice(name, at), text.slice(value, end)];
    at = spaceEnd(text, end);
    if (text[at] === ',') at = spaceEnd(text, at + 1);
  }
}

/** Every string in JSON text, with its quotes. */
export function* jsonStrings(text: string): Generator<string> {
  for (let at = text.indexOf('"'); at !== -1;) {
    const end = stringEnd(text, at);
    yield text.slice(at, end);
    at = text.indexOf('"', end);
  }
}

/** JSON text with every string empty: its numbers, words and brackets. */
export function withoutStrings(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', from)) {
    parts.push(text.slice(from, at + 1));
    from = stringEnd(text, at) - 1;
    parts.push('"');
    from++;
  }
  return parts.join('') + text.slice(from);
}

// Behind the string that opens at `at`.
function stringEnd(text: string, at: number): number {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

// Behind the value that begins at `at`: the comma or brace that is not within it.
function valueEnd(text: string, at: number): number {
  let depth = 0;
  for (;;) {
    const mark = text[at]!;
    if (mark === '"') {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (mark === '{' || mark === '[') depth++;
    else if (mark === '}' || mark === ']') {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (mark === ',' || SPACE.includes(mark))) return at;
    at++;
  }
}

function spaceEnd(text: string, at: number): number {
  while (SPACE.includes(text[at] ?? '.')) at++;
  return at;
}
