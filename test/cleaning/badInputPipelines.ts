import path from 'node:path';
import type { Pipeline } from '../../model';
import { bigint, cleaned, definePipeline, json, text } from '../../model';
import type { Listed } from '../../model/definition/source';
import { csvFiles, ndjsonFiles, parquetFiles } from '../../sources';
import { documentsOf } from './badDocuments';

const types = cleaned({
  name: 'bad_parquet',
  columns: { whole: text().nullable(), list: json().nullable() },
  key: ['whole'],
  extraFields: 'ignore',
});
const neighbours = cleaned({ name: 'neighbours', columns: { id: bigint() }, key: ['id'] });

/** A pipeline of each format over one file in `folder`, and one that has nothing to do with them. */
export function badInputPipelines(folder: string): Record<'csv' | 'ndjson' | 'parquet' | 'neighbour', Pipeline> {
  const of = (name: string, source: Listed, table: Pipeline['cleaned']): Pipeline =>
    definePipeline({
      ...{ name, description: 'what comes in broken', owners: ['feed@example.test'], source, cleaned: table },
      ...{ window: 'whole', schedule: 'manual', allowEmpty: true, deadLetters: { errorAbove: '100 %' } },
    });
  const file = (name: string): { path: string } => ({ path: path.join(folder, name) });
  return {
    csv: of('bad_csv', csvFiles(file('csv')), documentsOf('bad_csv')),
    ndjson: of('bad_ndjson', ndjsonFiles(file('ndjson')), documentsOf('bad_ndjson')),
    parquet: of('bad_parquet', parquetFiles(file('parquet')), types),
    neighbour: of('neighbour', csvFiles(file('neighbour')), neighbours),
  };
}
