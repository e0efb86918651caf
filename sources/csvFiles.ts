import type { Listed } from '../model/definition/source';
import type { FileOptions } from './paths/fileOptions';
import { described } from './paths/fileOptions';
import { boundsOf } from './compression/decompress';
import { filePaths } from './paths/filePaths';
import { readText } from './files';

/**
 * CSV files, RFC 4180 with a header line, handed over byte for byte; those that end in `.gz` or `.zst` as the text in them.
 * `path`: `landing/sales-{date}.csv`, `landing/{date}/store_*.csv.gz`, `drops/store={store}/{date}.csv`, or a list of such.
 */
export function csvFiles(options: FileOptions): Listed {
  const paths = filePaths('csvFiles', options);
  const bounds = boundsOf(options);
  return {
    kind: 'csvFiles',
    format: 'csv',
    describe: `csv files ${described(options)}`,
    ...paths,
    read: (offer) => readText(offer, bounds),
  };
}
