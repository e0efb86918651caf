import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FOLDER = join(__dirname, 'mustNotCompile');
const MARK = '// @error';

/**
 * The compiler, asked about every file of mustNotCompile/ in one program. A line that ends in `// @error` must not
 * compile; every other line must, so that a refusal is refused for its own reason.
 */
function refusedLines(files: readonly string[]): Map<string, Map<number, string>> {
  const config = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, process.cwd());
  const program = ts.createProgram(files, options);
  const refused = new Map(files.map((file) => [file, new Map<number, string>()]));
  for (const file of files)
    for (const { start, messageText } of ts.getPreEmitDiagnostics(program, program.getSourceFile(file))) {
      const line = program.getSourceFile(file)!.getLineAndCharacterOfPosition(start ?? 0).line;
      refused.get(file)!.set(line, ts.flattenDiagnosticMessageText(messageText, '\n'));
    }
  return refused;
}

describe('the compiler refuses', () => {
  const names = readdirSync(FOLDER).sort();
  let refused: Map<string, Map<number, string>>;
  beforeAll(() => {
    refused = refusedLines(names.map((name) => join(FOLDER, name)));
  });

  test.each(names)('the marked lines of %s, and no other', (name) => {
    const path = join(FOLDER, name);
    const lines = readFileSync(path, 'utf8').split('\n');
    const wanted = lines.filter((line) => line.endsWith(MARK));
    const got = [...refused.get(path)!].sort(([a], [b]) => a - b);
    // The messages are shown where the lines differ.
    expect(
      got.map(([line, message]) => (lines[line]!.endsWith(MARK) ? lines[line] : `${lines[line]}\n${message}`)),
    ).toEqual(wanted);
  });

  test('something in every file but one', () => {
    const marked = names.filter((name) => readFileSync(join(FOLDER, name), 'utf8').includes(MARK));
    expect(names.filter((name) => !marked.includes(name))).toEqual(['allowed.ts']);
  });
});
