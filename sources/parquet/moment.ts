export type Unit = 'MILLIS' | 'MICROS' | 'NANOS';

const PER_SECOND = { MILLIS: 1_000, MICROS: 1_000_000, NANOS: 1_000_000_000 } as const;
const DAY_S = 86_400;

/** Days since the Unix epoch as `YYYY-MM-DD`, in the proleptic Gregorian calendar, of any year. */
export function dateText(days: number): string {
  // Howard Hinnant's civil_from_days; Date gives up at the year 275,760.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const years = `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
  return `${years}-${two(month)}-${two(day)}`;
}

/** A moment as `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`: no fraction where there is none, nine digits where six would lose. */
export function timestampText(value: number | bigint, unit: Unit): string {
  const [seconds, fraction] = secondsOf(value, unit);
  const days = Math.floor(seconds / DAY_S);
  return `${cachedDate(days)}T${clock(seconds - days * DAY_S)}${fractionText(fraction, unit)}Z`;
}

/** A time of day as `HH:MM:SS[.ffffff]`. */
export function timeText(value: number | bigint, unit: Unit): string {
  const [seconds, fraction] = secondsOf(value, unit);
  return `${clock(seconds)}${fractionText(fraction, unit)}`;
}

function secondsOf(value: number | bigint, unit: Unit): [seconds: number, fraction: number] {
  const perSecond = PER_SECOND[unit];
  const number = Number(value);
  let seconds: number;
  let fraction: number;
  if (Number.isSafeInteger(number)) {
    seconds = Math.floor(number / perSecond);
    fraction = number - seconds * perSecond;
  } else {
    const divisor = BigInt(perSecond);
    seconds = Number(BigInt(value) / divisor);
    fraction = Number(BigInt(value) % divisor);
  }
  // A quotient just below a whole number may round up to it; BigInt's division cuts toward zero.
  return fraction < 0 ? [seconds - 1, fraction + perSecond] : [seconds, fraction];
}

let lastDays = NaN;
let lastDate = '';
/** Neighbouring records share a day more often than not. */
function cachedDate(days: number): string {
  if (days !== lastDays) [lastDays, lastDate] = [days, dateText(days)];
  return lastDate;
}

const two = (number: number): string => (number < 10 ? `0${number}` : String(number));

const clock = (seconds: number): string =>
  `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;

function fractionText(fraction: number, unit: Unit): string {
  if (fraction === 0) return '';
  const nanos = String(fraction * (PER_SECOND.NANOS / PER_SECOND[unit])).padStart(9, '0');
  return `.${nanos.endsWith('000') ? nanos.slice(0, 6) : nanos}`;
}
