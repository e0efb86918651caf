-- Up Migration
-- What each relation that holds windows of a curated table (its own, and those of its sinks) was given, window by window.

create table weir.targets (
  table_name   text not null,
  relation     text not null,                                        -- schema.table
  pipeline     text not null,
  window_start timestamptz not null,
  window_end   timestamptz not null,                                 -- as the calendar was when it was written
  digest       text not null,
  generation   oid not null,                                         -- of the relation: one that was dropped and made again holds nothing
  epoch        bigint not null,
  published_at timestamptz not null default clock_timestamp(),
  primary key (table_name, relation, window_start)
) with (fillfactor = 60);
create index targets_of_pipeline on weir.targets (pipeline);

-- A restored backup numbers its relations anew, this table too: then the generations above are read as they stand and written again.
alter table weir.ledger add column targets_oid oid;
update weir.ledger set targets_oid = 'weir.targets'::regclass::oid;
