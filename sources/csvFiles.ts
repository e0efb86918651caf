import { checkDialect } from '../model/definition/reading/checkDialect';
import type { Dialect } from '../model/definition/reading/dialect';
import type { Listed } from '../model/definition/source';
import { filePaths, readText } from './files';
import { asUtf8, isUtf16 } from './utf16';

/**
 * CSV files, handed over byte for byte: RFC 4180 in UTF-8 with a header line, or as `dialect` says. What is UTF-16 lands as UTF-8 with its mark.
 * `path` is one file, or one per hour, day or month with `{date}`, `{hour}`, `{year}`, `{month}`, `{day}`: `landing/sales-{date}.csv`.
 */
export function csvFiles({ path, dialect }: { readonly path: string; readonly dialect?: Dialect }): Listed {
  checkDialect(`csvFiles(${path})`, dialect);
  return {
    kind: 'csvFiles',
    format: 'csv',
    describe: `csv files ${path}`,
    ...filePaths(path),
    ...(dialect && { dialect }),
    read: (offer) =>
      asUtf8(
        offer.origin,
        dialect?.encoding,
        readText(offer, (first) => isUtf16(first, dialect?.encoding)),
      ),
  };
}
