import type { AbsentField } from '../../model/run/absentField';
import type { DeliveryFacts } from '../ledger/segments';
import type { Written } from './cleanContext';

/** Columns whose field no record of a delivery has, gathered over its batches. Of a delivery that others cleaned in part nothing is known. */
export class AbsentFields {
  private delivery = 0;
  private records = 0;
  private sofar: readonly AbsentField[] = [];
  private whole = false;

  add(delivery: DeliveryFacts, { batch, absent }: Pick<Written, 'batch' | 'absent'>): void {
    const first = delivery.id !== this.delivery;
    const records = batch.endRecord - batch.firstRecord;
    this.delivery = delivery.id;
    this.records = first ? records : this.records + records;
    const columns = new Set(absent.map(({ column }) => column));
    this.sofar = first ? absent : this.sofar.filter(({ column }) => columns.has(column));
    this.whole = this.records === delivery.records;
  }

  get columns(): readonly AbsentField[] {
    return this.whole ? this.sofar : [];
  }
}
