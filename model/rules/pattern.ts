/** A regular expression that matches a whole text, as plain data: what PostgreSQL, the cleaner and the reference read alike. */
export type Pattern =
  /** One character: code points, each range with both its ends. */
  | { readonly is: 'set'; readonly ranges: readonly Range[] }
  | { readonly is: 'each' | 'either'; readonly of: readonly Pattern[] }
  | {
      readonly is: 'times';
      readonly of: Pattern;
      readonly min: number;
      /** null: any number. */ readonly max: number | null;
    };
export type Range = readonly [from: number, to: number];

/** PostgreSQL counts no further. */
const MOST_TIMES = 255;
/** Written out, repetitions too: a machine for more of them takes too much. */
const MOST_CHARACTERS = 2_000;
const LAST = 0x10ffff;
const ANY: Pattern = { is: 'times', of: { is: 'set', ranges: [[1, LAST]] }, min: 0, max: null };

const DIGIT: Range[] = [[48, 57]];
const WORD: Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE = [
  9,
  10,
  11,
  12,
  13,
  32,
  0xa0,
  0x1680,
  ...Array.from({ length: 11 }, (_, i) => 0x2000 + i),
  0x2028,
  0x2029,
  0x202f,
  0x205f,
  0x3000,
  0xfeff,
].map((code): Range => [code, code]);
const LINE_ENDS: Range[] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
const CLASSES: Readonly<Record<string, readonly Range[]>> = {
  ...{ d: DIGIT, w: WORD, s: SPACE },
  ...{ D: without(DIGIT), W: without(WORD), S: without(SPACE) },
};
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' };

/** What is not in `ranges`. */
function without(ranges: readonly Range[]): Range[] {
  const rest: Range[] = [];
  let from = 1;
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (low > from) rest.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= LAST) rest.push([from, LAST]);
  return rest;
}

/**
 * Reads what JavaScript and PostgreSQL mean alike: characters, classes, groups, `|`, `* + ? {n,m}`, `^` at the beginning and `$` at the end of an alternative.
 * Characters are code points, as with the flag u. Found anywhere in a text unless anchored.
 * @throws RangeError with what is not among these
 */
export function patternOf({ source, flags }: RegExp): Pattern {
  const other = flags.replace('u', '');
  if (other !== '')
    throw new RangeError(`the flag ${other[0]!} is read by JavaScript alone; write it into the expression`);
  const reader = new Reader([...source]);
  const pattern = reader.whole();
  if (sizeOf(pattern) > MOST_CHARACTERS)
    throw new RangeError(`it counts to ${sizeOf(pattern)} characters; ${MOST_CHARACTERS} are the most`);
  return pattern;
}

/** How many characters it has, counted repetitions written out. */
const sizeOf = (pattern: Pattern): number =>
  pattern.is === 'set'
    ? 1
    : pattern.is === 'times'
      ? sizeOf(pattern.of) * Math.max(1, pattern.min, pattern.max ?? 0)
      : pattern.of.reduce((sum, one) => sum + sizeOf(one), 1);

class Reader {
  private at = 0;
  constructor(private readonly letters: readonly string[]) {}

  whole(): Pattern {
    const of: Pattern[] = [];
    do of.push(this.alternative(true));
    while (this.took('|'));
    if (this.at < this.letters.length) throw new RangeError(`a ${this.letters[this.at]!} that nothing opens`);
    return of.length === 1 ? of[0]! : { is: 'either', of };
  }

  private alternative(outermost: boolean): Pattern {
    const of: Pattern[] = [];
    if (outermost && !this.took('^')) of.push(ANY);
    for (;;) {
      const letter = this.letters[this.at];
      if (letter === '$' && outermost && [undefined, '|'].includes(this.letters[this.at + 1])) {
        this.at++;
        return { is: 'each', of };
      }
      if (letter === undefined || letter === '|' || letter === ')') break;
      of.push(this.repeated(this.one()));
    }
    if (outermost) of.push(ANY);
    return { is: 'each', of };
  }

  private one(): Pattern {
    const letter = this.letters[this.at++]!;
    switch (letter) {
      case '(':
        return this.group();
      case '[':
        return { is: 'set', ranges: this.among() };
      case '.':
        return { is: 'set', ranges: without(LINE_ENDS) };
      case '\\': {
        const escaped = this.escaped();
        return { is: 'set', ranges: typeof escaped === 'number' ? [[escaped, escaped]] : escaped };
      }
      case '^':
      case '$':
        throw new RangeError(`a ${letter} inside; ^ begins an alternative of the whole, $ ends it`);
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        throw new RangeError(`a ${letter} that repeats or closes nothing; \\${letter} is the character`);
      default:
        return { is: 'set', ranges: [[letter.codePointAt(0)!, letter.codePointAt(0)!]] };
    }
  }

  private group(): Pattern {
    if (this.took('?') && !this.took(':'))
      throw new RangeError(`(?${this.letters[this.at] ?? ''} …) looks around or has a name; (…) and (?:…) group`);
    const of: Pattern[] = [];
    do of.push(this.alternative(false));
    while (this.took('|'));
    if (!this.took(')')) throw new RangeError('a ( that nothing closes');
    return of.length === 1 ? of[0]! : { is: 'either', of };
  }

  private repeated(of: Pattern): Pattern {
    let [min, max]: [number, number | null] = [1, 1];
    if (this.took('*')) [min, max] = [0, null];
    else if (this.took('+')) [min, max] = [1, null];
    else if (this.took('?')) [min, max] = [0, 1];
    else if (this.letters[this.at] === '{') {
      const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.letters.slice(this.at, this.at + 20).join(''));
      if (!counted) throw new RangeError('a { that counts nothing; \\{ is the character');
      this.at += counted[0].length;
      min = Number(counted[1]);
      max = counted[2] === undefined ? min : counted[3] === '' ? null : Number(counted[3]);
      if (Math.max(min, max ?? 0) > MOST_TIMES || (max !== null && max < min))
        throw new RangeError(`${counted[0]}: PostgreSQL counts from less to more, and to ${MOST_TIMES}`);
    } else return of;
    // Whether it takes as little or as much as it can: the whole text is matched, or is not.
    this.took('?');
    if (['*', '+', '?', '{'].includes(this.letters[this.at] ?? ''))
      throw new RangeError('a repetition of a repetition; group it: (?:…)');
    return { is: 'times', of, min, max };
  }

  // In brackets, behind the first one.
  private among(): Range[] {
    const negated = this.took('^');
    const ranges: Range[] = [];
    while (!this.took(']')) {
      const from = this.member();
      if (typeof from !== 'number') ranges.push(...from);
      else if (this.letters[this.at] === '-' && this.letters[this.at + 1] !== ']') {
        this.at++;
        const to = this.member();
        if (typeof to !== 'number' || to < from)
          throw new RangeError('a range in brackets that ends before it begins, or in a class');
        ranges.push([from, to]);
      } else ranges.push([from, from]);
    }
    const kept = negated ? without(ranges) : ranges;
    if (kept.length === 0) throw new RangeError('brackets that no character is in');
    return kept;
  }

  private member(): number | readonly Range[] {
    const letter = this.letters[this.at++];
    if (letter === undefined) throw new RangeError('a [ that nothing closes');
    return letter === '\\' ? this.escaped() : letter.codePointAt(0)!;
  }

  // Behind a backslash: a character, or a class of them.
  private escaped(): number | readonly Range[] {
    const letter = this.letters[this.at++] ?? '';
    if (CLASSES[letter]) return CLASSES[letter];
    if (LETTERS[letter]) return LETTERS[letter].codePointAt(0)!;
    if (letter === 'u' || letter === 'x') {
      const rest = this.letters.slice(this.at, this.at + 10).join('');
      const code = (letter === 'x' ? /^([\da-f]{2})/i : /^(?:\{([\da-f]{1,6})\}|([\da-f]{4}))/i).exec(rest);
      const point = code ? parseInt(code[1] ?? code[2]!, 16) : NaN;
      if (!code || point > LAST || (point >= 0xd800 && point <= 0xdfff))
        throw new RangeError(`\\${letter} without the number of a character`);
      this.at += code[0].length;
      return point;
    }
    if (/[\w]/.test(letter) || letter === '')
      throw new RangeError(`\\${letter} is not read alike by JavaScript and PostgreSQL`);
    return letter.codePointAt(0)!;
  }

  private took(letter: string): boolean {
    if (this.letters[this.at] !== letter) return false;
    this.at++;
    return true;
  }
}

/** The pattern as PostgreSQL's `~` takes it. */
export const postgresPattern = (pattern: Pattern): string => `^${asPostgres(pattern)}$`;

function asPostgres(pattern: Pattern): string {
  switch (pattern.is) {
    case 'set':
      if (pattern.ranges.length === 1 && pattern.ranges[0]![0] === 1 && pattern.ranges[0]![1] === LAST) return '.';
      return `[${pattern.ranges.map(([from, to]) => (from === to ? code(from) : `${code(from)}-${code(to)}`)).join('')}]`;
    case 'each':
      return `(?:${pattern.of.map(asPostgres).join('')})`;
    case 'either':
      return `(?:${pattern.of.map(asPostgres).join('|')})`;
    case 'times':
      return `(?:${asPostgres(pattern.of)}){${pattern.min},${pattern.max ?? ''}}`;
  }
}

const code = (point: number): string => `\\U${Math.max(1, point).toString(16).padStart(8, '0')}`;
