import { sameParts, type Parts } from './differences';

/**
 * True when `former`, what a fingerprint stood for up to a1c96b4, says the same as `now`. Then a parser was in it as the text that some compiler
 * had printed, so that of parsers only their presence can be compared, and a date as the clock of some machine showed it.
 */
export function formerlySame(former: Parts, now: Parts): boolean {
  return sameParts(inPresentForm(former, now), { ...now, columns: parsersBlank(now['columns']) });
}

/** The order of origins that definitions stood for which say none. */
export const FORMER_ORDER = { origins: 'as text' };

/** `former` with the order of origins, and the way of reading, of `now`, where it says none itself: the same rules wherever the ledger holds nothing that they make another. */
export const withPresentRules = (former: Parts, now: Parts): Parts => ({
  ...former,
  ...(!('origins' in former) && 'origins' in now && { origins: now['origins'] }),
  ...(!('reading' in former) && 'reading' in now && { reading: now['reading'] }),
});

function inPresentForm(former: Parts, now: Parts): Parts {
  return {
    ...former,
    columns: parsersBlank(former['columns']),
    ...(Array.isArray(former['values']) && {
      values: (former['values'] as string[]).map((value, i) => sameMoment(value, (now['values'] as string[])?.[i])),
    }),
  };
}

const PARSER = 4;

function parsersBlank(columns: unknown): unknown {
  if (!Array.isArray(columns)) return columns;
  return (columns as unknown[][]).map((facts) =>
    facts.map((fact, i) => (i === PARSER && fact !== null ? 'a parser' : fact)),
  );
}

// `Fri Mar 01 2024 01:00:00 GMT+0100 (…)` is 2024-03-01T00:00:00.000Z, to the second.
function sameMoment(value: string, now: string | undefined): string {
  if (now === undefined || !/ GMT[+-]\d{4}/.test(value) || !/^[+-]?\d{4,6}-\d\d-\d\dT.*Z$/.test(now)) return value;
  return Date.parse(value) === Math.floor(Date.parse(now) / SECOND_MS) * SECOND_MS ? now : value;
}

const SECOND_MS = 1000;

/** The parsers' texts that are in `former`, by column. */
export function formerParsers(former: Parts): Record<string, string> {
  const columns = (former['columns'] ?? []) as unknown[][];
  return Object.fromEntries(
    columns.flatMap(([name, ...facts]) => (facts[PARSER - 1] ? [[name as string, facts[PARSER - 1] as string]] : [])),
  );
}
