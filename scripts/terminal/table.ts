import { visible } from './escape';

/** Rows as aligned text: numbers to the right, a header above, nothing that moves. */
export function aligned(rows: readonly Readonly<Record<string, unknown>>[], indent = ''): string[] {
  const [first] = rows;
  if (!first) return [];
  const columns = Object.keys(first);
  const cells = [columns, ...rows.map((row) => columns.map((column) => formatValue(row[column])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  const numeric = columns.map((column) =>
    rows.every(
      (row) =>
        row[column] === null ||
        row[column] === undefined ||
        row[column] === '' ||
        /^-?[\d,.]+( [a-z]+( \d+ [a-z]+)?)?$/.test(formatValue(row[column])),
    ),
  );
  return cells.map(
    (line) =>
      indent +
      line
        .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
  );
}

/** A value of a table for people: grouped digits, two decimals, JSON of what is no text; nothing a terminal obeys. */
function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : value.toFixed(2);
  return visible(typeof value === 'object' ? JSON.stringify(value) : String(value as string));
}

/** `3,000,000`. */
export const count = (n: number): string => n.toLocaleString('en');

/** `2001-01-05T07:15:00Z`: an instant to the second, in UTC, which it says. */
export const clock = (at: string): string => `${at.slice(0, 19)}Z`;

/** `12 ms`, `0.4 s`, `3 min 20 s`, `6 h 30 min`, `12 d`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 0.05) return `${Math.round(ms)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** `3.7 s to 13.0 s`, or `3.7 s` where both ends read the same. */
export function spread(fromMs: number, toMs: number): string {
  const [from, to] = [duration(fromMs), duration(toMs)];
  return from === to ? from : `${from} to ${to}`;
}

/** `512 B`, `1.4 KiB`, `94.1 MiB`. */
export function bytes(n: number): string {
  const unit = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = n < 1024 ? 0 : Math.min(unit.length - 1, Math.floor(Math.log2(n) / 10));
  return `${power === 0 ? n : (n / 1024 ** power).toFixed(1)} ${unit[power]}`;
}
