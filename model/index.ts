export { everyColumn, everyRecord } from './definition/key';

// What a definition is written with.
export { bigint, boolean, date, float, integer, json, numeric, text, timestamptz, uuid } from './definition/column';
export type { Column, Columns, Row } from './definition/column';
export { sql } from './definition/sql';
export type { Sql } from './definition/sql';
export { cleaned, curated } from './definition/table';
export type { Cleaned, Curated, Table } from './definition/table';
export { definePipeline } from './definition/pipeline';
export type { Pipeline } from './definition/pipeline';
export type { Check, DeadLetterCheck, GateCheck, RowCheck } from './definition/check';
export type { PublishSink, Sink, SinkTransaction, StagedWindow } from './definition/sink';
export type { Listed, Offer, Source } from './definition/source';
export { defineProject } from './definition/project';
export type { Project } from './definition/project';
