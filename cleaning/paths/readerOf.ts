import type { CleanerParts } from '../cleanerParts';
import { PLAIN_CSV } from '../framing/csvForm';
import type { RecordReader } from '../recordReader';
import { CsvRecords } from './csvRecords';
import { FieldWriter } from './fieldWriter';
import { JoinedRecords, withFieldsApart } from './joinedRecords';
import { JsonRecords } from './jsonRecords';
import { RestRecords, withoutRest } from './restRecords';
import { PathRecords, withoutPathColumns } from './pathRecords';

/** What reads the records of a delivery into the columns of its table. @throws ContractBroken when the header is not what the definition says */
export function readerOf({ table: whole, format, fields, path = {}, form = PLAIN_CSV }: CleanerParts): RecordReader {
  const table = withoutRest(whole);
  const written = withoutPathColumns(table);
  const apart = withFieldsApart(written, format);
  const writers = Object.entries(apart.columns).map(([name, { facts }]) => new FieldWriter(name, facts, form));
  const read = format === 'csv' ? new CsvRecords(apart, fields, writers, form) : new JsonRecords(apart, writers);
  const records = apart === written ? read : new JoinedRecords(written, read, form);
  const placed = written === table ? records : new PathRecords(table, path, records);
  return table === whole ? placed : new RestRecords(whole, placed);
}
