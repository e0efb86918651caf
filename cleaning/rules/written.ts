/** Where a written row's fields lie: field `i` is [starts[i], starts[i + 1]) of `bytes`, its length in the first four bytes (-1: null). */
export interface Written {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
}
