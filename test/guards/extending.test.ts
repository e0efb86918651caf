import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '..', '..');

/** The files that a page of the documentation shows whole: a block of TypeScript whose first line says where it goes. */
function filesOf(page: string): Map<string, string> {
  const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g);
  return new Map([...blocks].map(([, path, text]) => [join(ROOT, path!), text!]));
}

/** What the compiler says of `files` as if they lay in the repository. */
function complaints(files: ReadonlyMap<string, string>): string[] {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) =>
    files.has(path)
      ? ts.createSourceFile(path, files.get(path)!, version)
      : getSourceFile.call(host, path, version, ...rest);
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
}

describe('docs/extending.md', () => {
  const files = filesOf('docs/extending.md');

  test('shows a source, a check and a sink, each with its test', () => {
    const rooms = [...files.keys()].map((path) => path.slice(ROOT.length + 1).replace(/\/[^/]*$/, ''));
    expect(rooms).toEqual(['sources', 'test/sources', 'checks', 'test/checks', 'sinks', 'test/sinks']);
  });

  test('compiles as it stands', () => expect(complaints(files)).toEqual([]));

  test('and a wrong line of it would not', () => {
    const wrong = new Map(
      [...files].map(([path, text]) => [path, text.replace('trailing(windows)', 'before(windows)')]),
    );
    expect(complaints(wrong)).toContainEqual(expect.stringContaining("name 'before'"));
  });
});
