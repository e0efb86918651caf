import type { Listed } from '../model/definition/source';
import { filePaths, readText } from './files';

/**
 * CSV files, RFC 4180 with a header line, handed over byte for byte.
 * `path` is one file, or one per hour, day or month with `{date}`, `{hour}`, `{year}`, `{month}`, `{day}`: `landing/sales-{date}.csv`.
 */
export function csvFiles({ path }: { readonly path: string }): Listed {
  return { kind: 'csvFiles', format: 'csv', describe: `csv files ${path}`, ...filePaths(path), read: readText };
}
