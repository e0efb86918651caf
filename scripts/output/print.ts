/** Prints one answer: as one JSON object where that was asked for, else as lines for people. */
export function print(options: { json?: boolean }, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${lines().join('\n')}\n`);
}

/** Prints a list: one JSON object a line, or lines for people. */
export function printList(
  options: { json?: boolean },
  values: readonly unknown[],
  lines: () => readonly string[],
): void {
  const text = options.json ? values.map((value) => JSON.stringify(value)) : lines();
  if (text.length > 0) process.stdout.write(`${text.join('\n')}\n`);
}
