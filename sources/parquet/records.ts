import { isList, toJson } from './json';
import type { AsyncBuffer, FileMetaData, RowGroup, SchemaElement, SchemaTree } from './library';
import { loadParquet } from './library';
import { type ByteText, scalarOf, toByteText } from './scalar';

/** Turns what the library decoded into the text of one field. */
type Write = (value: unknown) => ByteText;

/** A top-level column: its name, and how a value is written while the library decodes it and after. */
interface FieldPlan {
  readonly name: string;
  readonly decoded: Write;
  readonly assembled?: Write;
}

/**
 * The records of a Parquet file as CSV lines, header first, in the file's order, about `chunkBytes` at a time.
 * Holds one row group, decoded. @throws whatever the library throws at bytes that are no Parquet.
 */
export async function* records(
  file: AsyncBuffer,
  chunkBytes: number,
  inspect: (columns: readonly SchemaTree[]) => void,
): AsyncGenerator<Buffer> {
  const { parquetMetadataAsync, parquetSchema } = await loadParquet();
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const columns = parquetSchema(metadata).children;
  inspect(columns);
  const plans = columns.map(planOf);
  const plain = { ...metadata, schema: disguised(metadata.schema, parquetSchema(metadata)) };
  yield bytes(columns.map(({ element }) => quoted(toByteText(element.name))).join(',') + '\n');
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const decoded: (readonly (ByteText | null)[])[] = [];
    for (const plan of plans) {
      const bytesOfColumn = await preload(file, group, plan.name);
      const metadataOfGroup = { ...plain, row_groups: [group], num_rows: group.num_rows };
      const texts = await readColumn(bytesOfColumn, metadataOfGroup, plan);
      if (texts.length !== rows)
        throw new Error(`column ${plan.name} holds ${texts.length} of the ${rows} rows its row group declares`);
      decoded.push(texts);
      // A column of a row group is decoded in one go: in between others get their turn.
      await turn();
    }
    for (const chunk of lines(decoded, rows, chunkBytes)) {
      yield chunk;
      await turn();
    }
  }
}

async function readColumn(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { name, decoded, assembled }: FieldPlan,
): Promise<readonly (ByteText | null)[]> {
  const { parquetRead, compressors } = await loadParquet();
  const pages: ArrayLike<unknown>[] = [];
  await parquetRead({
    file,
    metadata,
    columns: [name],
    compressors,
    utf8: false,
    geoparquet: false,
    parsers: { timestampFromNanoseconds: decoded },
    onChunk: ({ columnData }) => pages.push(columnData),
  });
  if (assembled) return pages.flatMap((page) => Array.from(page, assembled));
  return (pages.length === 1 ? pages[0]! : pages.flatMap((page) => Array.from(page))) as (ByteText | null)[];
}

/** One column of `group`, read in one go; its slices are answered at once, without a promise per page. */
async function preload(file: AsyncBuffer, group: RowGroup, name: string): Promise<AsyncBuffer> {
  const ranges = group.columns.flatMap(({ meta_data: facts }) => {
    if (facts?.path_in_schema[0] !== name) return [];
    const dictionary = Number(facts.dictionary_page_offset) || Infinity;
    const start = Math.min(dictionary, Number(facts.data_page_offset));
    return [{ start, end: start + Number(facts.total_compressed_size) }];
  });
  const from = ranges.reduce((least, { start }) => Math.min(least, start), Infinity);
  const to = ranges.reduce((most, { end }) => Math.max(most, end), 0);
  const bytes = await file.slice(from, to);
  return { byteLength: file.byteLength, slice: (start, end) => bytes.slice(start - from, end && end - from) };
}

function planOf(node: SchemaTree): FieldPlan {
  const { name, repetition_type } = node.element;
  if (node.children.length > 0 || repetition_type === 'REPEATED') {
    const write = toJson(node);
    // A list, struct or map that is null is an empty field; the JSON of any other is never empty.
    const assembled: Write = (value) => (value === null || value === undefined ? '' : quoted(write(value)));
    return { name, decoded: (value) => value as ByteText, assembled };
  }
  const { text, free } = scalarOf(node.element);
  return { name, decoded: free ? (value) => quoted(text(value)) : text };
}

/**
 * `schema` with every leaf dressed as a timestamp and nothing else, so that the library hands us each value raw, through
 * one parser: once per distinct value where the file has a dictionary. Its own conversions would lose digits of decimals,
 * fractions of timestamps, bytes of invalid text, and the order of maps.
 */
function disguised(schema: readonly SchemaElement[], root: SchemaTree): SchemaElement[] {
  const lists = new Set<SchemaElement>();
  const visit = (node: SchemaTree): void => {
    if (isList(node)) lists.add(node.element);
    node.children.forEach(visit);
  };
  visit(root);
  return schema.map((element) => {
    const { type, type_length, repetition_type, name, num_children } = element;
    const bare: SchemaElement = { type, type_length, repetition_type, name, num_children };
    if (lists.has(element)) return { ...bare, converted_type: 'LIST' };
    return num_children ? bare : { ...bare, logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } };
  });
}

function* lines(
  columns: readonly (readonly (ByteText | null)[])[],
  rows: number,
  chunkBytes: number,
): Generator<Buffer> {
  const [first = [], ...others] = columns;
  let chunk: ByteText[] = [];
  let size = 0;
  for (let row = 0; row < rows; row++) {
    let line = first[row] ?? '';
    for (const column of others) line += `,${column[row] ?? ''}`;
    chunk.push(line);
    size += line.length + 1;
    if (size >= chunkBytes) {
      yield bytes(chunk.join('\n') + '\n');
      chunk = [];
      size = 0;
    }
  }
  if (chunk.length > 0) yield bytes(chunk.join('\n') + '\n');
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const bytes = (text: ByteText): Buffer => Buffer.from(text, 'latin1');

/** RFC 4180: in quotes where it must be, and where it is empty, since an empty field without them is null. */
function quoted(text: ByteText): ByteText {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
