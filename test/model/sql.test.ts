import fc from 'fast-check';
import type { Rendering, Value } from '../../model/definition/sql';
import { Covers, coversIn, Edge, ident, join, render, sql, tablesIn } from '../../model/definition/sql';

const plain: Rendering = {
  table: (hole) => `layer.${hole.tableName}`,
  covers: (covers, param) => `${covers.column} >= ${param('start')} and ${covers.column} < ${param('end')}`,
  edge: (edge, param) => param(edge),
};
const flights = { tableName: 'flights' };
const airports = { tableName: 'airports' };

describe('render', () => {
  test('numbers values in the order of the text, through fragments and windows', () => {
    const inner = sql`b = ${2} and ${new Covers('t')}`;
    expect(
      render(sql`select ${1} from ${flights} where ${inner} and c = ${'x'} and d < ${new Edge('end')}`, plain),
    ).toEqual({
      text: 'select $1 from layer.flights where b = $2 and t >= $3 and t < $4 and c = $5 and d < $6',
      values: [1, 2, 'start', 'end', 'x', 'end'],
    });
  });

  test('never pastes a value', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.bigInt(), fc.boolean(), fc.constant(null), fc.date());
    fc.assert(
      fc.property(fc.array(value as fc.Arbitrary<Value>, { maxLength: 12 }), (values) => {
        const fragment = sql`in (${join(values, ', ')})`;
        expect(render(fragment, plain)).toEqual({
          text: `in (${values.map((_, i) => `$${i + 1}`).join(', ')})`,
          values,
        });
      }),
    );
  });

  test('quotes names', () => {
    expect(render(sql`${ident('marts', 'a"b')}`, plain).text).toBe('"marts"."a""b"');
  });

  test('writes one fragment twice with values of its own', () => {
    const one = sql`${1}`;
    expect(render(sql`${one} + ${one}`, plain)).toEqual({ text: '$1 + $2', values: [1, 1] });
  });
});

describe('holes', () => {
  const select = sql`select from ${flights} join (${sql`select from ${airports} where ${new Covers('t', '6d')}`}) where ${new Covers('s')}`;

  test('tell the tables, in order, each once', () => {
    expect(tablesIn(sql`${select} union ${select}`)).toEqual([flights, airports]);
    expect(tablesIn(sql`select ${'flights'}, ${null}, ${new Date(0)}, ${['a']}`)).toEqual([]);
  });

  test('tell the windows, however deep', () => {
    expect(coversIn(select)).toEqual([new Covers('t', '6d'), new Covers('s')]);
  });
});
