import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformSync as swc } from '@swc/core';
import { transformSync as esbuild } from 'esbuild';
import ts from 'typescript';
import { acceptedValues, between, expression, notNull, rowCount, unique } from '../../checks';
import type { Check, Columns, Pipeline } from '../../model';
import { cleaned, curated, date, definePipeline, everyRecord, integer, sql, text } from '../../model';
import { checksText, cleaningText, gatesOf } from '../../model/compile/fingerprint';
import { formerlySame } from '../../model/compile/formerFingerprint';
import { withoutPrinting } from '../../model/compile/parserNote';
import { DefinitionInvalid } from '../../model/run/errors';
import { compiled } from '../../store/ledger/fingerprint';
import { MemoryFiles } from '../../testing/memoryFiles';

const ROOT = resolve(__dirname, '..', '..');

const COMPILERS: Readonly<Record<string, (source: string) => string>> = {
  esbuild: (source) => esbuild(source, { loader: 'ts', format: 'cjs', target: 'node20' }).code,
  swc: (source) =>
    swc(source, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022', preserveAllComments: false },
      module: { type: 'commonjs' },
    }).code,
  tsc: (source) =>
    ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true },
    }).outputText,
};

/** The pipeline that `file` exports by default, as this compiler prints it. */
function loaded(file: string, compiler: string): Pipeline {
  const path = join(ROOT, file);
  const module = { exports: {} as { default: Pipeline } };
  const from = (name: string): unknown =>
    jest.requireActual<object>(name.startsWith('.') ? join(dirname(path), name) : name);
  const code = COMPILERS[compiler]!(readFileSync(path, 'utf8'));
  new Function('require', 'module', 'exports', code)(from, module, module.exports);
  return module.exports.default;
}

const parsersOf = (pipeline: Pipeline): string[] =>
  Object.values(pipeline.cleaned.columns).flatMap(({ facts }) => (facts.parse ? [String(facts.parse)] : []));

describe.each(['pipelines/airports.ts', 'test/fixtures/parsers.ts'])('%s', (file) => {
  const [first, ...others] = Object.keys(COMPILERS).map((compiler) => loaded(file, compiler));

  test('has one fingerprint under esbuild, swc and tsc', () => {
    for (const other of others) expect(compiled(other)).toEqual(compiled(first!));
  });

  test('gives parsers whose texts differ, and differ in printing only', () => {
    for (const other of others) {
      expect(parsersOf(other)).not.toEqual(parsersOf(first!));
      expect(parsersOf(other).map(withoutPrinting)).toEqual(parsersOf(first!).map(withoutPrinting));
    }
  });
});

describe('a parser', () => {
  test('without a name is refused where no compiler did', () => {
    const column = text() as unknown as { parse(parse: unknown, more?: unknown): unknown };
    for (const given of [[() => null], ['', () => null], ['na-is-null@1']] as const)
      expect(() => column.parse(given[0], given[1])).toThrow(DefinitionInvalid);
  });

  test.each([
    ["(a) => a === 'NA'", "(a) => a === 'N/A'"],
    ["(a) => a ?? 'x y'", "(a) => a ?? 'xy'"],
    ['(a) => a.slice(1)', '(a) => a.slice(2)'],
    ["(a) => a + '\\n'", "(a) => a + 'n'"],
  ])('%s is not %s', (a, b) => expect(withoutPrinting(a)).not.toBe(withoutPrinting(b)));
});

describe('where a column is read from, as its fingerprint has it', () => {
  const fingerprint = (columns: Columns): string =>
    cleaningText(cleaned({ name: 'items', columns, key: everyRecord() }), 'whole', undefined, 'ndjson');

  test('is one word as ever, and a list where it lies inside objects', () => {
    expect(fingerprint({ a: text().from('b') })).toContain('[["a","text",false,"b",null]]');
    expect(fingerprint({ a: text().from('b', 'c') })).toContain('[["a","text",false,["b","c"],null]]');
    expect(fingerprint({ a: text().from('b.c') })).not.toBe(fingerprint({ a: text().from('b', 'c') }));
  });

  test('of columns that share a path says nothing that a ledger of before could hold otherwise', () => {
    const shared = (...words: [string, ...string[]]): string =>
      fingerprint({ a: text().from(...words), b: text().from(...words) });
    expect(shared('x')).toContain('several columns read one field');
    expect(shared('x', 'y')).not.toContain('several columns read one field');
  });
});

describe('a pipeline has fingerprints', () => {
  const keep = (field: string | null): string | null => field;
  const pipeline = (
    options: {
      parser?: string;
      unit?: string;
      checks?: Check<{ sensor: string; value: number }>[];
      ofDaily?: ReturnType<typeof notNull<'day'>>[];
      after?: Date;
    } = {},
  ): Pipeline => {
    const readings = cleaned({
      name: 'readings',
      columns: {
        sensor: text().parse(options.parser ?? 'keep@1', keep),
        value: integer().unit(options.unit ?? 'degree'),
      },
      key: ['sensor'],
      checks: options.checks ?? [between('value', 0, 9).deadLetter(), notNull('sensor'), rowCount({ min: 1 }).warn()],
    });
    const daily = curated({
      name: 'daily',
      columns: { day: date().nullable() },
      key: [],
      checks: options.ofDaily ?? [],
      select: () => sql`select null::date as day from ${readings} where now() > ${options.after ?? new Date(0)}`,
    });
    return definePipeline({
      ...{ name: 'one', description: '', owners: ['lab@example.test'], source: new MemoryFiles(), window: 'whole' },
      ...{ cleaned: readings, curated: [daily] },
    });
  };
  const first = compiled(pipeline());
  /** Which fingerprints move when the definition does. */
  const moved = (options: Parameters<typeof pipeline>[0]): string[] => {
    const now = compiled(pipeline(options));
    return (['code', 'checks'] as const).flatMap((kind) =>
      Object.keys(first[kind]!).flatMap((table) =>
        now[kind]![table] === first[kind]![table] ? [] : [`${kind} ${table}`],
      ),
    );
  };
  const [dead, strict, count] = [between('value', 0, 9).deadLetter(), notNull('sensor'), rowCount({ min: 1 }).warn()];

  test.each([
    ['a unit', { unit: 'kelvin' }, []],
    ['the name of a parser', { parser: 'keep@2' }, ['code readings']],
    ['the order of checks', { checks: [count, dead, strict] }, []],
    ['a dead-lettering check', { checks: [between('value', 0, 8).deadLetter(), strict, count] }, ['code readings']],
    ['a bound', { checks: [dead, strict, rowCount({ min: 2 }).warn()] }, ['checks readings']],
    ['a tolerance', { checks: [dead, strict.above('1 %'), count] }, ['checks readings']],
    ['a tolerance that no label tells', { checks: [dead, { ...strict, tolerates: 3 }, count] }, ['checks readings']],
    ['a severity', { checks: [dead, strict.warn(), count] }, ['checks readings']],
    [
      'a check from the gate to cleaning',
      { checks: [dead, strict.deadLetter(), count] },
      ['code readings', 'checks readings'],
    ],
    ['a check of a curated table', { ofDaily: [notNull('day')] }, ['checks daily']],
    [
      'a question under the same label',
      { checks: [dead, { ...strict, failing: count.failing }, count] },
      ['checks readings'],
    ],
    ['a value of a select', { after: new Date(1) }, ['code daily']],
  ] as [string, Parameters<typeof pipeline>[0], string[]][])(
    'of which %s moves just its own',
    (_, options, expected) => {
      expect(moved(options)).toEqual(expected);
    },
  );

  test('that are the same in every time zone', () => {
    const text = jest.spyOn(Date.prototype, 'toString').mockReturnValue('Thu Jan 01 1970 09:00:00 GMT+0900');
    try {
      expect(compiled(pipeline())).toEqual(first);
    } finally {
      text.mockRestore();
    }
  });
});

describe('what a fingerprint stood for up to a1c96b4', () => {
  const now = { columns: [['city', 'text', true, 'city', 'na-is-null@1']], values: ['2024-03-01T00:00:00.250Z', '7'] };
  const former = (more: object): boolean =>
    formerlySame(
      {
        columns: [['city', 'text', true, 'city', "(field)=>field === 'NA' ? null : field"]],
        values: ['Fri Mar 01 2024 01:00:00 GMT+0100 (Central European Standard Time)', '7'],
        ...more,
      },
      now,
    );

  test.each([
    ['with a parser printed by some compiler and a date by some clock', {}, true],
    ['with another date', { values: ['Fri Mar 01 2024 01:00:01 GMT+0100', '7'] }, false],
    ['with another value', { values: ['Fri Mar 01 2024 01:00:00 GMT+0100', '8'] }, false],
    ['without a parser', { columns: [['city', 'text', true, 'city', null]] }, false],
    ['of another type', { columns: [['city', 'date', true, 'city', 'x => x']] }, false],
    ['with one part more', { version: '2' }, false],
  ])('%s: is it the present definition?', (_, more, same) => expect(former(more)).toBe(same));
});

test('fingerprints of checks are what they were before any tolerated a row', () => {
  const readings = cleaned({
    name: 'readings',
    columns: { day: date(), sensor: text(), value: integer() },
    key: ['sensor'],
    checks: [
      ...[between('value', 0, 9), between('value', 0.5, 9).warn(), notNull('sensor', 'value'), unique('sensor')],
      ...[acceptedValues('sensor', ['a', 'b']), expression(sql`value > ${3}`), rowCount({ min: 1, maxChange: 0.5 })],
    ],
  });
  const pipeline = definePipeline({
    ...{ name: 'lab', description: 'readings', owners: ['lab@example.test'], source: new MemoryFiles() },
    ...{ window: 'whole', cleaned: readings },
  });
  const asked = checksText(gatesOf(pipeline)['readings']!);
  expect(createHash('sha256').update(asked).digest('hex').slice(0, 16)).toBe('ff1685ed1469c724');
});
