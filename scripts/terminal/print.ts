import { visibleLines } from './escape';

/** Prints one answer: as one JSON object where that was asked for, else as lines for people. */
export function print(options: { json?: boolean }, value: unknown, lines: () => readonly string[]): void {
  write(options.json ? [JSON.stringify(value)] : lines().map(visibleLines));
}

/** Prints a list: one JSON object a line, or lines for people. */
export function printList(
  options: { json?: boolean },
  values: readonly unknown[],
  lines: () => readonly string[],
): void {
  write(options.json ? values.map((value) => JSON.stringify(value)) : lines().map(visibleLines));
}

/** Shows how far long work is, on one line that moves, where a person watches; says nothing in a pipe. */
export function progressLine(what: string | null): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(what === null ? '\r\x1b[K' : `\r\x1b[K${visibleLines(what).slice(0, 100)}`);
}

function write(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}
