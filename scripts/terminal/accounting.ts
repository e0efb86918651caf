import { historyName } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { Accounting } from '../../store/proof/accounting';
import { count } from './table';

/** `3,000,000 records in = 2,999,659 live + 191 beaten + 150 dead letters`, and what is wrong with that, if anything. */
export function accountingLine(records: Accounting): string {
  const sum = `${counted(records.records, 'record')} in = ${count(records.live)} live + ${count(records.beaten)} beaten + ${counted(records.deadLetters, 'dead letter')}`;
  const waiting = records.waiting > 0 ? `; ${count(records.waiting)} more wait to be cleaned` : '';
  const outside =
    records.outside > 0 ? `; ${counted(records.outside, 'row')} outside the history, published nowhere` : '';
  return sum + waiting + outside + (records.balanced ? '' : '   NOT BALANCED: report this');
}

/** `4 of 5 rows lie outside 2024-05-01..2024-05-02, …`; no line where none does. */
export const outsideLines = (pipeline: Pipeline, { rows, of }: { rows: number; of: number }): string[] =>
  rows === 0
    ? []
    : [
        `${count(rows)} of ${counted(of, 'row')} ${rows === 1 ? 'lies' : 'lie'} outside ${historyName(pipeline)}, the history of ${pipeline.name}: live, and published nowhere`,
      ];
