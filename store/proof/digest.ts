import type { Columns } from '../../model/definition/column';
import { quoteIdent } from '../../model/definition/sql';
import type { Tx } from '../postgres/database';

/** Count and order-free sum of a strong row hash: same digest, same rows. `302:9f…` */
export interface Digest {
  readonly rows: number;
  readonly digest: string;
}

/**
 * SQL for the digest of `columns`: count, and the sums of two 64-bit row hashes with different seeds, 128 bits in all.
 * A sum and not an xor, since pairs of equal rows would cancel. The hash is PostgreSQL's own: equal within one major version.
 */
export function digestExpression(columns: Columns, alias?: string): string {
  const row = `row(${Object.keys(columns)
    .map((column) => `${alias ? `${alias}.` : ''}${quoteIdent(column)}`)
    .join(', ')})`;
  const lane = (seed: number): string => `coalesce(sum(hash_record_extended(${row}, ${seed})::numeric), 0)`;
  // Modulo 2^64 keeps each lane at 16 hexadecimal digits.
  const hex = (seed: number): string =>
    `lpad(to_hex((mod(mod(${lane(seed)}, 18446744073709551616) + 18446744073709551616, 18446744073709551616) - 9223372036854775808)::bigint), 16, '0')`;
  return `count(*) || ':' || ${hex(0)} || ${hex(1)}`;
}

/** The digest of the rows of `from` (a table or subquery with `where` and values). */
export async function digestOf(
  on: Pick<Tx, 'query'>,
  columns: Columns,
  from: string,
  values: unknown[] = [],
): Promise<Digest> {
  const [row] = await on.query<{ digest: string }>(
    `select ${digestExpression(columns)} as digest from ${from}`,
    values,
  );
  return { rows: Number(row!.digest.split(':')[0]), digest: row!.digest };
}
