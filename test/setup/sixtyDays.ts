import { nullShare, rowCountDelta, sumDelta } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { MemoryFiles } from '../../testing/memoryFiles';

const FIRST = '2024-03-01T00:00:00Z';
const DAY_MS = 86_400_000;

/** The day's window; days count from 0. */
export const dayWindow = (day: number): Window => ({ start: at(day), end: at(day + 1) });
const at = (day: number, hour = 0): string => instant(millis(FIRST) + day * DAY_MS + hour * 3_600_000);

/** What is wrong with these days: few rows, one absurd amount, hardly a name. */
export const BAD: ReadonlyMap<number, 'few' | 'absurd' | 'nameless'> = new Map([
  [25, 'few'],
  [33, 'absurd'],
  [41, 'nameless'],
]);

/** A file a day, which also holds what came late of the day before, under checks that compare each day with those before it. */
export function sixtyDays(days = 60): { pipeline: Pipeline; range: Window } {
  const files = new MemoryFiles('csv', false);
  for (let day = 0; day < days; day++) files.write(nameOf(at(day)), fileOf(day));
  const source: Pipeline['source'] = {
    ...{ kind: files.kind, format: files.format, describe: files.describe, shared: false },
    list: async ({ start, end }) =>
      (await files.list()).filter(({ origin }) => origin >= nameOf(start) && origin < nameOf(end)),
    one: (origin) => files.one(origin),
    read: (offer) => files.read(offer),
  };
  const sales = cleaned({
    name: 'sales',
    columns: { at: timestamptz(), seq: integer(), amount: integer(), city: text().nullable() },
    key: ['at', 'seq'],
    eventTime: 'at',
    checks: [nullShare('city', { max: '30 %' }), rowCountDelta(), sumDelta({ column: 'amount' })],
  });
  const daily = curated({
    name: 'sales_daily',
    columns: { day: date(), sales: integer(), amount: bigint() },
    key: ['day'],
    select: ({ window }) => sql`
      select (s.at at time zone 'utc')::date as day, count(*) as sales, sum(s.amount) as amount
        from ${sales} s
       where ${window.covers('s.at')}
       group by 1`,
  });
  const pipeline = definePipeline({
    ...{ name: 'sales', description: 'sales', owners: ['lab@example.test'], source, window: '1d', from: FIRST },
    ...{ cleaned: sales, curated: [daily], publish: [postgresTable(daily, 'marts.sales_daily')] },
  });
  return { pipeline, range: { start: at(0), end: at(days) } };
}

const nameOf = (moment: string): string => `${moment.slice(0, 10)}.csv`;

function fileOf(day: number): string {
  const wrong = BAD.get(day);
  const rows = wrong === 'few' ? 6 : 20 + ((day * 7) % 3);
  const lines = ['at,seq,amount,city'];
  for (let seq = 0; seq < rows; seq++) {
    // Every sixth sale is told a day late.
    const of = seq % 6 === 5 && day > 0 ? day - 1 : day;
    const amount = wrong === 'absurd' && seq === 0 ? 429_491 : 50 + ((day + seq) % 9);
    lines.push(`${at(of, seq)},${day * 100 + seq},${amount},${wrong === 'nameless' && seq % 2 === 0 ? '' : 'Oslo'}`);
  }
  return `${lines.join('\n')}\n`;
}
