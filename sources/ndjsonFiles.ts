import type { Listed } from '../model/definition/source';
import type { FileOptions } from './paths/fileOptions';
import { described } from './paths/fileOptions';
import { boundsOf } from './compression/decompress';
import { filePaths } from './paths/filePaths';
import { readText } from './files';

/**
 * NDJSON files, one JSON object a line, handed over byte for byte; those that end in `.gz` or `.zst` as the text in them.
 * `path`: `landing/sales-{date}.ndjson`, `landing/{date}/store_*.ndjson.gz`, `drops/store={store}/{date}.ndjson`, or a list of such.
 */
export function ndjsonFiles(options: FileOptions): Listed {
  const paths = filePaths('ndjsonFiles', options);
  const bounds = boundsOf(options);
  return {
    kind: 'ndjsonFiles',
    format: 'ndjson',
    describe: `ndjson files ${described(options)}`,
    ...paths,
    read: (offer) => readText(offer, bounds),
  };
}
