import type { Listed } from '../model/definition/source';
import { filePaths, readText } from './files';

/**
 * NDJSON files, one JSON object a line, handed over byte for byte.
 * `path` is one file, or one per hour, day or month with `{date}`, `{hour}`, `{year}`, `{month}`, `{day}`: `landing/{date}/events-{hour}.ndjson`.
 */
export function ndjsonFiles({ path }: { readonly path: string }): Listed {
  return {
    kind: 'ndjsonFiles',
    format: 'ndjson',
    describe: `ndjson files ${path}`,
    ...filePaths(path),
    read: readText,
  };
}
