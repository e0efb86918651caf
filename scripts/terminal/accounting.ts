import type { Accounting } from '../../store/proof/accounting';
import { count } from './table';

/** `3,000,000 records in = 2,999,659 live + 191 beaten + 150 dead letters`, and what is wrong with that, if anything. */
export function accountingLine(records: Accounting): string {
  const sum = `${count(records.records)} records in = ${count(records.live)} live + ${count(records.beaten)} beaten + ${count(records.deadLetters)} dead letters`;
  const waiting = records.waiting > 0 ? `; ${count(records.waiting)} more wait to be cleaned` : '';
  return sum + waiting + (records.balanced ? '' : '   NOT BALANCED: report this');
}
