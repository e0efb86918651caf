import type { Pipeline } from '../definition/pipeline';

/** True when two windows of a pipeline could make one key of a curated table. */
export const sharesKeys = ({ window, curated }: Pick<Pipeline, 'window' | 'curated'>): boolean =>
  window !== 'whole' && curated.length > 0;

/** What `weir check` warns of: keys of curated tables without a day or a moment, which nothing keeps within one window. */
export function keyNotes(pipeline: Pipeline): string[] {
  if (!sharesKeys(pipeline)) return [];
  return pipeline.curated
    .filter(({ key, columns }) =>
      key.every((column) => !['date', 'timestamptz'].includes(columns[column]?.facts.type ?? '')),
    )
    .map(
      ({ tableName, key }) =>
        `${pipeline.name} ${tableName}: the key (${key.join(', ')}) says no day or moment; of two windows that make one key the second is refused when it is published`,
    );
}
