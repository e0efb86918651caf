/** One piece of a written moment: characters that stand there, or digits (from `min` to `max` of them) and words that mean something. */
export type FormatPart =
  { readonly literal: string } | { readonly field: FormatField; readonly min: number; readonly max: number };

/** `clock` is hour and minutes as one number, `half` is AM or PM. */
export type FormatField =
  | 'year'
  | 'year2'
  | 'month'
  | 'monthName'
  | 'day'
  | 'hour'
  | 'hour12'
  | 'half'
  | 'minute'
  | 'clock'
  | 'second'
  | 'fraction'
  | 'offset';

const digits = (field: FormatField, min: number, max = min): FormatPart => ({ field, min, max });

/** What letters of a format mean. */
const LETTERS: Readonly<Record<string, FormatPart>> = {
  yyyy: digits('year', 4),
  yy: digits('year2', 2),
  MMM: digits('monthName', 0),
  MM: digits('month', 2),
  M: digits('month', 1, 2),
  dd: digits('day', 2),
  d: digits('day', 1, 2),
  HH: digits('hour', 2),
  H: digits('hour', 1, 2),
  Hmm: digits('clock', 1, 4),
  hh: digits('hour12', 2),
  h: digits('hour12', 1, 2),
  a: digits('half', 0),
  mm: digits('minute', 2),
  ss: digits('second', 2),
  X: digits('offset', 0),
  XX: digits('offset', 0),
  XXX: digits('offset', 0),
};

export const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Of letters that other tools use: what to write. */
const MEANT: Readonly<Record<string, string>> = {
  YYYY: 'yyyy (the year)',
  YY: 'yy (the year)',
  DD: 'dd (the day)',
  D: 'd (the day)',
  Z: 'XXX (Z or an offset)',
  ZZ: 'XXX (Z or an offset)',
  A: 'a (AM or PM)',
  MMMM: 'MMM (Jan)',
  m: 'mm (minutes)',
  s: 'ss (seconds)',
  SS: 'SS (hundredths)',
};

const KNOWN = 'yyyy yy MMM MM M dd d HH H hh h a mm ss S Hmm XXX';

/**
 * The parts of a format of days and moments: the letters of Unicode (`dd.MM.yyyy HH:mm`), text between single quotes, T and everything
 * that is no letter as it stands. `Hmm` is a clock as one number: 5 is 00:05, 517 is 05:17, 2400 the next day's start.
 * @throws RangeError that says what to write instead
 */
export function momentFormat(format: string): readonly FormatPart[] {
  const parts: FormatPart[] = [];
  let at = 0;
  const literal = (text: string): void => {
    const last = parts.at(-1);
    if (last && 'literal' in last) parts[parts.length - 1] = { literal: last.literal + text };
    else parts.push({ literal: text });
  };
  // An H before mm, with nothing between, is one number with it.
  for (const found of format.matchAll(/(?<!H)Hmm(?!m)|([A-Za-z])\1*|'((?:[^']|'')*)'|[^A-Za-z']/g)) {
    if (found.index !== at) break;
    at += found[0].length;
    const [run] = found;
    if (found[2] !== undefined) literal(found[2] === '' ? "'" : found[2].replaceAll("''", "'"));
    else if (!/^[A-Za-z]/.test(run) || run === 'T') literal(run);
    else if (/^S{1,9}$/.test(run)) parts.push(digits('fraction', run.length));
    else if (run in LETTERS) parts.push(LETTERS[run]!);
    else
      throw new RangeError(
        run in MEANT
          ? `${run} is not read: write ${MEANT[run]!}`
          : `${run} is not read: a format has ${KNOWN}, and text between 'quotes'`,
      );
  }
  if (at !== format.length) throw new RangeError(`a quote at character ${at + 1} does not close`);
  checkParts(parts);
  return parts;
}

function checkParts(parts: readonly FormatPart[]): void {
  const fields = parts.flatMap((part) => ('field' in part ? [part.field] : []));
  const one = (what: string, write: string, ...names: FormatField[]): number => {
    const found = fields.filter((field) => names.includes(field)).length;
    if (found > 1) throw new RangeError(`it names ${what} twice`);
    if (found === 0 && write !== '') throw new RangeError(`it names no ${what}: write ${write}`);
    return found;
  };
  one('year', 'yyyy', 'year', 'year2');
  one('month', `MM${fields.includes('minute') ? ' (mm is minutes)' : ''}`, 'month', 'monthName');
  one('day', 'dd', 'day');
  const hour = one('hour', '', 'hour', 'hour12', 'clock');
  const minute = one('minute', '', 'minute', 'clock');
  const [second, half] = [one('second', '', 'second'), one('half of the day', '', 'half')];
  const [fraction] = [one('fraction', '', 'fraction'), one('offset', '', 'offset')];
  if (hour === 0 && minute + second + fraction + half > 0) throw new RangeError('it names no hour: write HH');
  if ((second > 0 && minute === 0) || (fraction > 0 && second === 0))
    throw new RangeError('it leaves out what is between the hour and the last it names');
  if (fields.includes('hour12') && half === 0)
    throw new RangeError('h is the hour of half a day, and needs a (AM or PM); H is 0 to 23');
  if (!fields.includes('hour12') && half > 0) throw new RangeError('a (AM or PM) goes with h, not with H');
  for (const [i, part] of parts.entries()) {
    const next = parts[i + 1];
    const open = 'field' in part && part.max > part.min;
    if (open && next && ('field' in next ? next.max > 0 : /^\d/.test(next.literal)))
      throw new RangeError('one or two digits are followed by another digit at once: write two letters, as in dd');
  }
}

/** True when a moment written in this format says how far from UTC it is. */
export const hasOffset = (parts: readonly FormatPart[]): boolean =>
  parts.some((part) => 'field' in part && part.field === 'offset');

/** True when it says more than the day. */
export const hasClock = (parts: readonly FormatPart[]): boolean =>
  parts.some((part) => 'field' in part && ['hour', 'hour12', 'clock', 'offset'].includes(part.field));
