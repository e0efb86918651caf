/** `1 row`, `3,000 rows`: a number with its noun, in the form that it asks for. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
