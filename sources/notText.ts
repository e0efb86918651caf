/** What a file's first bytes are, when they are no text in UTF-8, and what to do about it. */
export interface NotText {
  readonly what: string;
  readonly next: string;
}

const SAVE = 'save it as UTF-8';
const EXPORT = 'export it as text in UTF-8';
const decompress = (how: string): string => `decompress it first (${how})`;

/** First bytes that say what a file is (hexadecimal). Of text none of them is the beginning. */
const MAGIC: readonly (readonly [hex: string, what: string, next: string])[] = [
  ['1f8b', 'gzip', 'name it .gz, or decompress it first (gunzip)'],
  ['28b52ffd', 'zstd', 'name it .zst, or decompress it first (unzstd)'],
  ['fd377a585a00', 'xz', decompress('unxz')],
  ['425a68', 'bzip2', decompress('bunzip2')],
  ['04224d18', 'LZ4', decompress('unlz4')],
  ['504b0304', 'a zip archive (or a workbook of Excel)', 'unpack it first, or export the sheet as CSV in UTF-8'],
  ['d0cf11e0', 'a document of Microsoft Office', 'export the sheet as CSV in UTF-8'],
  ['50415231', 'Parquet', 'name it with parquetFiles'],
  ['4f626a01', 'Avro', EXPORT],
  ['4f524300', 'ORC', EXPORT],
  ['53514c69746520666f726d6174203300', 'a database of SQLite', EXPORT],
  ['89504e47', 'a PNG image', 'look at where it comes from'],
  ['ffd8ff', 'a JPEG image', 'look at where it comes from'],
  ['255044462d', 'a PDF document', EXPORT],
  ['fffe0000', 'UTF-32', SAVE],
  ['0000feff', 'UTF-32', SAVE],
  ['fffe', 'UTF-16', SAVE],
  ['feff', 'UTF-16', SAVE],
];

/** How much of a file is looked at. */
const LOOKED_AT = 4_096;

/**
 * What these first bytes of a file are, or null when they may be text. Text may hold a NUL or a bad byte here and there: that is one record's fault,
 * and not said here.
 */
export function notText(bytes: Buffer): NotText | null {
  const head = bytes.subarray(0, LOOKED_AT);
  for (const [hex, what, next] of MAGIC)
    if (head.subarray(0, hex.length / 2).toString('hex') === hex) return { what, next };
  let even = 0;
  let odd = 0;
  let controls = 0;
  for (let i = 0; i < head.length; i++) {
    const byte = head[i]!;
    if (byte === 0 && i % 2 === 0) even++;
    else if (byte === 0) odd++;
    // ESC and form feed occur in text, as do tab and line ends.
    else if (byte < 32 && (byte < 9 || byte > 13) && byte !== 27) controls++;
  }
  const half = head.length >> 1;
  // Latin letters in UTF-16: every other byte is NUL, and hardly any else.
  if (half >= 4 && Math.max(even, odd) > half * 0.6 && Math.min(even, odd) < half * 0.1)
    return {
      what: 'UTF-16 without its mark',
      next: `${SAVE}, or say of CSV what it is: dialect: { encoding: 'utf-16' }`,
    };
  if (controls + even + odd > head.length * 0.3 || controls > Math.max(8, head.length * 0.05))
    return {
      what: `binary (${controls + even + odd} of its first ${head.length} bytes are control characters)`,
      next: 'look at where it comes from, and at the format its source names',
    };
  return null;
}
