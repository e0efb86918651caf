/** A path in its parts. `odd` is what stands in braces and is neither a placeholder nor alternatives. */
export type PathToken =
  | { readonly kind: 'text' | 'odd' | 'glob'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly text: string; readonly name: string };

const BRACES = /\{([^{}]*)\}|\*+/g;

/**
 * `path` in its parts: `{name}` is a placeholder, `{a,b}` alternatives, `*` and `**` are globs; every other character stands for itself,
 * `[`, `?` and `!` too.
 */
export function pathTokens(path: string): PathToken[] {
  const tokens: PathToken[] = [];
  let end = 0;
  for (const match of path.matchAll(BRACES)) {
    if (match.index > end) tokens.push({ kind: 'text', text: path.slice(end, match.index) });
    tokens.push(special(match[0], match[1]));
    end = match.index + match[0].length;
  }
  if (end < path.length) tokens.push({ kind: 'text', text: path.slice(end) });
  return tokens;
}

function special(text: string, within: string | undefined): PathToken {
  if (within === undefined || (within.includes(',') && !within.includes('/'))) return { kind: 'glob', text };
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(within) ? { kind: 'placeholder', text, name: within } : { kind: 'odd', text };
}
