// What a definition is written with.
export { bigint, boolean, date, float, integer, json, numeric, text, timestamptz, uuid } from './column';
export type { Column, Columns, Row } from './column';
export { sql } from './sql';
export type { Sql } from './sql';
export { cleaned, curated, everyColumn, everyRecord } from './table';
export type { Cleaned, Curated, Table } from './table';
export { definePipeline } from './pipeline';
export type { Pipeline } from './pipeline';
export type { Check, DeadLetterCheck, GateCheck, RowCheck } from './check';
export type { Offer, Source } from './source';
