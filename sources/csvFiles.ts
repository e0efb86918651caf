import { checkDialect } from '../model/definition/reading/checkDialect';
import type { Dialect } from '../model/definition/reading/dialect';
import type { Listed } from '../model/definition/source';
import type { FileOptions } from './paths/fileOptions';
import { OPTIONS, described } from './paths/fileOptions';
import { boundsOf } from './compression/decompress';
import { filePaths } from './paths/filePaths';
import { readText } from './files';
import { asUtf8, isUtf16 } from './utf16';

/** How CSV files lie, and how their records are written. */
export interface CsvOptions extends FileOptions {
  readonly dialect?: Dialect;
}

/**
 * CSV files, handed over byte for byte: RFC 4180 in UTF-8 with a header line, or as `dialect` says; those that end in `.gz` or `.zst` as the text in
 * them. What is UTF-16 lands as UTF-8 with its mark.
 * `path`: `landing/sales-{date}.csv`, `landing/{date}/store_*.csv.gz`, `drops/store={store}/{date}.csv`, or a list of such.
 */
export function csvFiles(options: CsvOptions): Listed {
  const paths = filePaths('csvFiles', options, 1, [...OPTIONS, 'dialect']);
  const { dialect } = options;
  const bounds = boundsOf(options);
  checkDialect(`csvFiles(${described(options)})`, dialect);
  return {
    kind: 'csvFiles',
    format: 'csv',
    describe: `csv files ${described(options)}`,
    ...paths,
    ...(dialect && { dialect }),
    read: (offer) =>
      asUtf8(
        offer.origin,
        dialect?.encoding,
        readText(offer, bounds, (first) => isUtf16(first, dialect?.encoding)),
      ),
  };
}
