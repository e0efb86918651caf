const TOKENS =
  /(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)|(?<string>"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|`(?:[^`\\]|\\[^])*`)|(?<imported>\(0,\s*[\w$]+\.(?<name>[\w$]+)\))|(?<number>(?<![\w$.])\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w$.]))|(?<layout>[\s();]|,(?=\s*[)\]}]))/gi;

/**
 * A parser's text without what compilers print each in their own way: comments, layout, parentheses, quotes, escapes, the spelling of numbers and
 * imports. Good for a note and nothing more: a compiler may rewrite code further than this, and a change of parentheses alone is not seen.
 */
export function withoutPrinting(parser: string): string {
  return parser.replace(TOKENS, (token, ...rest) => {
    const found = rest.at(-1) as Partial<Record<'string' | 'imported' | 'name' | 'number', string>>;
    if (found.string !== undefined) return JSON.stringify(unescaped(token.slice(1, -1)));
    if (found.imported !== undefined) return found.name!;
    if (found.number !== undefined) return String(Number(token.replaceAll('_', '')));
    return '';
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', '0': '\0' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2})|([^]))/gi, (_, braced, four, two, one) => {
    const code = (braced ?? four ?? two) as string | undefined;
    return code !== undefined ? String.fromCodePoint(parseInt(code, 16)) : (ESCAPES[one as string] ?? (one as string));
  });
}
