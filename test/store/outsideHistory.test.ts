import type { Pipeline } from '../../model';
import { Misused } from '../../model/run/errors';
import { parseWindow } from '../../model/time/window';
import { anyWindowOf, rangeOf, windowOf } from '../../scripts/session/project';
import { accountingLine, outsideLines } from '../../scripts/terminal/accounting';
import { compiled } from '../../store/ledger/fingerprint';
import { accountFor, rowsOutside } from '../../store/proof/accounting';
import { verifyRange } from '../../store/proof/verify';
import { planPipelines } from '../../store/reports/owed';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const RANGE = { start: '2024-05-01T00:00:00Z', end: '2024-05-02T00:00:00Z' } as const;
const BOUNDS = { from: RANGE.start, until: RANGE.end };
const NOW = '2024-06-01T00:00:00Z';

describe('rows outside the history', () => {
  let test_: TestDatabase;
  const lab = sensors({ more: BOUNDS });
  const rejecting: Pipeline = { ...lab.pipeline, outside: 'deadLetter' };
  beforeEach(async () => {
    test_ = await testDatabase([lab.pipeline]);
    lab.files.write(
      'a.csv',
      readingsCsv(
        '2024-05-01T10:00Z a 1 1',
        '2024-04-30T23:59:59.999999Z b 1 1',
        '1900-01-01 c 1 1',
        '2099-12-31 d 1 1',
        '2024-05-02T00:00Z e 1 1',
      ),
    );
  });
  afterEach(() => test_.close());

  const run = (pipeline: Pipeline) =>
    new ActivityRunner(test_.database, [pipeline]).run(pipeline, parseWindow('1d', '2024-05-01'));
  const verified = async (pipeline: Pipeline) =>
    (await verifyRange(test_.database, [pipeline], pipeline, RANGE, () => undefined)).compared.filter(
      ({ equal }) => !equal,
    );

  test('are counted: 4 of 5 lie outside', async () => {
    expect(await run(lab.pipeline)).toMatchObject({ rows: 1 });
    const outside = await rowsOutside(test_.database, lab.pipeline);
    expect(outside).toEqual({ rows: 4, of: 5 });
    expect(outsideLines(lab.pipeline, outside)).toEqual([
      '4 of 5 rows lie outside 2024-05-01..2024-05-02, the history of sensors: live, and published nowhere',
    ]);
    expect(accountingLine(await accountFor(test_.database, lab.pipeline))).toBe(
      '5 records in = 5 live + 0 beaten + 0 dead letters; 4 rows outside the history, published nowhere',
    );
    expect((await planPipelines(test_.database, [lab.pipeline], [lab.pipeline], NOW))[0]).toMatchObject({
      range: null,
      outside: { rows: 4, of: 5 },
    });
  });

  test(`become dead letters where the definition says so, by verify's plain reading too`, async () => {
    expect(await run(rejecting)).toMatchObject({ rows: 1 });
    const letters = await test_.database.query(
      `select record, column_name, reason, window_start from weir.dead_letters order by record`,
    );
    expect(letters).toEqual(
      ['2024-04-30', '1900-01-01', '2099-12-31', '2024-05-02'].map((day, i) => ({
        ...{ record: i + 1, column_name: 'at', reason: 'outside the history' },
        window_start: `${day}T00:00:00Z`,
      })),
    );
    expect(await accountFor(test_.database, rejecting)).toMatchObject({ live: 1, deadLetters: 4, outside: 0 });
    expect(await verified(rejecting)).toEqual([]);
  });

  test('cleaned again, once, when the definition changes its mind; what keeps them has the fingerprint it had', async () => {
    await run(lab.pipeline);
    const { code } = compiled(lab.pipeline);
    expect(compiled({ ...lab.pipeline, outside: 'keep' }).code).toEqual(code);
    expect(compiled(rejecting).code).not.toEqual(code);
    expect(compiled({ ...rejecting, until: '2024-05-03T00:00:00Z' }).code).not.toEqual(compiled(rejecting).code);
    expect((await planPipelines(test_.database, [rejecting], [rejecting], NOW))[0]).toMatchObject({
      clean: { segments: 1 },
      changes: [{ what: [expect.stringContaining('outside: ')] }],
    });
    await run(rejecting);
    expect(await verified(rejecting)).toEqual([]);
    await run(lab.pipeline);
    expect(await rowsOutside(test_.database, lab.pipeline)).toEqual({ rows: 4, of: 5 });
  });
});

describe('what a person may ask a run for', () => {
  const open = sensors().pipeline;
  const closed: Pipeline = { ...open, ...BOUNDS };

  test.each(['1900-01-01', '2024-04-30', '2024-05-02', '2099-12-31'])('is nothing outside the history: %s', (day) => {
    const words = /windows of its history, 2024-05-01\.\.2024-05-02; .* is outside/;
    expect(() => windowOf(closed, day)).toThrow(Misused);
    expect(() => windowOf(closed, day)).toThrow(words);
    expect(() => rangeOf(closed, day)).toThrow(words);
    expect(anyWindowOf(closed, day)).toEqual(parseWindow('1d', day));
  });

  test.each(['2024-04-30..2024-05-02', '2024-05-01..2024-05-03', '1900-01-01..2099-12-31'])(
    'is no range that reaches out of it: %s',
    (range) => expect(() => rangeOf(closed, range)).toThrow(/is outside/),
  );

  test('is all of the history, and every window in it', () => {
    expect(rangeOf(closed, '2024-05-01..2024-05-02')).toEqual(RANGE);
    expect(windowOf(closed, '2024-05-01')).toEqual(RANGE);
  });

  test('is nothing that has not begun; a range ends with the present window', () => {
    const today = parseWindow('1d', new Date().toISOString().slice(0, 10));
    expect(() => windowOf(open, '2099-01-01')).toThrow(/waits for its time/);
    expect(rangeOf(open, '2024-05-01..2099-01-01')).toEqual({ start: RANGE.start, end: today.end });
    expect(() => windowOf(open, '2024-04-30')).toThrow(/2024-05-01 on/);
  });
});
