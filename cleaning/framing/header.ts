import { snakeCase } from '../../model/definition/reading/dialect';
import { ContractBroken, quote } from '../../model/run/errors';
import { CsvFields } from './csvFields';
import type { CsvForm } from './csvForm';
import { markLength } from './csvForm';
import { Framer } from './framer';
import { framingOf } from './framing';

const LF = 10;
const CR = 13;
const MAX_HEADER_BYTES = 1024 * 1024;

/** Where the first record begins: behind the names, the lines before them and a mark; -1 when that is not complete. @throws ContractBroken where there are no names */
export function preambleEnd(form: CsvForm, bytes: Buffer, final: boolean): number {
  const mark = markLength(bytes);
  if (form.headerLine === 0) return bytes.length < 3 && !final ? -1 : mark;
  const line = lineStart(form, bytes, mark, final);
  const framed = { start: 0, end: 0, next: 0 };
  const anyEnd = { ...framingOf('csv', bytes, {}, form), bareCr: true };
  const found = line !== -1 && new Framer(bytes, anyEnd, final).find(line, framed);
  if ((found ? framed.end : bytes.length) - mark > MAX_HEADER_BYTES)
    throw new ContractBroken(`no header line ends in the first ${MAX_HEADER_BYTES} bytes: this is no CSV`, {
      next: 'look at the first line of the file; its format is named in the definition of its source',
    });
  if (found) {
    // A CR may be the first half of a line end.
    if (bytes[framed.next - 1] !== CR) return framed.next;
    if (framed.next < bytes.length) return bytes[framed.next] === LF ? framed.next + 1 : framed.next;
    return final ? framed.next : -1;
  }
  if (!final) return -1;
  if (form.headerLine !== null && form.headerLine > 1)
    throw new ContractBroken(`the file has no line ${form.headerLine}, which dialect.header says has the names`, {
      next: 'look at its first lines; header: 1 is the first, and a list of names is for a file without them',
    });
  throw new ContractBroken('the file has no header line: it is empty', {
    next: 'look at where it comes from; an empty table still has a header',
  });
}

// Where the line of the names begins; -1 when the lines before it are not complete. They are no records: a quote in them opens nothing.
function lineStart({ headerLine }: CsvForm, bytes: Buffer, mark: number, final: boolean): number {
  let at = mark;
  for (let line = 1; line < (headerLine ?? 1); line++) {
    while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++;
    if (at >= bytes.length) return final ? at : -1;
    if (bytes[at] === CR && at + 1 >= bytes.length && !final) return -1;
    at += bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1;
  }
  return at;
}

/** The names of the fields of a delivery with this preamble. @throws ContractBroken where they cannot be read, or one comes twice */
export function headerNames(form: CsvForm, preamble: Buffer): readonly string[] {
  if (form.headerLine === 0) return form.names;
  const framed = { start: 0, end: 0, next: 0 };
  const anyEnd = { ...framingOf('csv', preamble, {}, form), bareCr: true };
  const line = lineStart(form, preamble, markLength(preamble), true);
  const fields = new CsvFields(form);
  if (!new Framer(preamble, anyEnd, true).find(line, framed) || !fields.split(preamble, framed.start, framed.end))
    throw new ContractBroken('the header line has malformed quotes', { next: 'look at the first line of the file' });
  const names: string[] = [];
  const written = new Map<string, string>();
  for (let i = 0; i < fields.count; i++) {
    const from = (fields.anyQuoted && fields.unescaped[i]) || preamble;
    const text = form.characters.shown(from, fields.start[i]!, fields.end[i]!);
    const name = form.snakeCase ? snakeCase(text) : text;
    const former = written.get(name);
    if (former !== undefined)
      throw new ContractBroken(
        former === text
          ? `the header names ${quote(text)} twice`
          : `the header names ${quote(former)} and ${quote(text)}, which are both ${quote(name)} in snake_case`,
        { next: 'rename one of the two columns at the source' },
      );
    if (text.includes('\0'))
      throw new ContractBroken(
        `the header holds NUL bytes (${quote(text)}): this is no text in ${form.characters.encoding.toUpperCase()}`,
        {
          next: 'look at the first line of the file; save it as UTF-8',
        },
      );
    written.set(name, text);
    names.push(name);
  }
  return names;
}
