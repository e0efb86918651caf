/** One change of one source file: a fault that a judge must see, or a condition that a test must miss. */
export interface Patch {
  readonly name: string;
  readonly file: string;
  readonly search: string;
  readonly replacement: string;
}

/** `source` with the patch in it. @throws Error unless the text to replace is there exactly once: code and patch must keep up with each other. */
export function patched(source: string, { name, file, search, replacement }: Patch): string {
  const found = source.split(search).length - 1;
  if (found !== 1)
    throw new Error(`${name}: the text it replaces is ${found} times in ${file}, not once; mend the patch:\n${search}`);
  return source.split(search).join(replacement);
}
