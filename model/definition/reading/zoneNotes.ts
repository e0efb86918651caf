import type { Pipeline } from '../pipeline';
import { hasOffset, momentFormat } from '../../time/momentFormat';

/** What `weir check` says of moments that are read as UTC since nothing says whose clocks they are of, as far as the definition shows it. */
export const zoneNotes = ({ name, cleaned }: Pick<Pipeline, 'name' | 'cleaned'>): string[] =>
  Object.entries(cleaned.columns).flatMap(([column, { facts }]) => {
    const { format, zone } = facts.words ?? {};
    if (facts.type !== 'timestamptz' || format === undefined || zone !== undefined || hasOffset(momentFormat(format)))
      return [];
    return [
      `${name} ${cleaned.tableName}.${column}: ${format} says no time zone, so it is read as UTC; .zone('Europe/Berlin') reads it as local time, .zone('UTC') says that it is meant`,
    ];
  });
