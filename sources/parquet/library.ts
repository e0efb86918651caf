import { pathToFileURL } from 'node:url';
import { constants, runInThisContext } from 'node:vm';
import type * as hyparquet from 'hyparquet' with { 'resolution-mode': 'import' };
import type { Compressors } from 'hyparquet' with { 'resolution-mode': 'import' };
import type * as codecs from 'hyparquet-compressors' with { 'resolution-mode': 'import' };

export type { AsyncBuffer, FileMetaData, RowGroup, SchemaElement, SchemaTree } from 'hyparquet' with {
  'resolution-mode': 'import',
};

/** The Parquet reader and its decompressors (Snappy, gzip, Brotli, ZSTD, LZ4). */
export async function loadParquet(): Promise<typeof hyparquet & { compressors: Compressors }> {
  const [reader, compression] = await Promise.all([
    import('hyparquet').catch(() => importNatively<typeof hyparquet>(require.resolve('hyparquet'))),
    import('hyparquet-compressors').catch(() =>
      importNatively<typeof codecs>(require.resolve('hyparquet-compressors')),
    ),
  ]);
  return { ...reader, compressors: withoutBytes(compression.compressors) };
}

/** LZ4 of 1.1.2 stumbles over a page of no bytes, which a column of nothing but null has: the dictionary. */
function withoutBytes(compressors: Compressors): Compressors {
  const { LZ4, LZ4_RAW } = compressors;
  const empty = (decompress: typeof LZ4): typeof LZ4 =>
    decompress && ((input, bytes) => (bytes === 0 ? new Uint8Array() : decompress(input, bytes)));
  return { ...compressors, LZ4: empty(LZ4), LZ4_RAW: empty(LZ4_RAW) };
}

/**
 * Both packages are ES modules only, and import() fails where a compiler made it require() or where Jest runs us in a
 * context of its own. This one is nobody's but Node's (experimental there, so not the first choice).
 */
function importNatively<T>(path: string): Promise<T> {
  const load = runInThisContext('(url) => import(url)', {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (url: string) => Promise<T>;
  return load(pathToFileURL(path).href);
}
