-- Up Migration
-- The ledger: the truth about data. Instants are event time unless a name ends in _at.

create schema if not exists weir;
create schema if not exists weir_cleaned;   -- every valid record, winners flagged; cleaned.* are views of the live rows
create schema if not exists weir_curated;
create schema if not exists weir_stage;     -- curated rows of runs that have not published yet
create schema if not exists cleaned;
create schema if not exists curated;

create table weir.runs (
  epoch           bigint generated always as identity primary key,   -- the fence: larger for each run
  pipeline        text not null,
  kind            text not null,
  window_start    timestamptz not null,
  window_end      timestamptz not null,
  workflow_id     text not null,
  workflow_run_id text not null,
  state           text not null default 'running'
                  check (state in ('running', 'published', 'held', 'failed', 'cancelled', 'orphaned')),
  error           text,
  started_at      timestamptz not null default clock_timestamp(),
  ended_at        timestamptz,
  details         jsonb,                                             -- a backfill's order and counts
  unique (workflow_id, workflow_run_id)
);
create index runs_of_window on weir.runs (pipeline, window_start, epoch desc);
create index runs_open on weir.runs (pipeline) where state = 'running';

create table weir.steps (
  epoch      bigint not null references weir.runs on delete cascade,
  step       integer not null,
  name       text not null,
  table_name text,
  attempt    integer not null,
  rows_in    bigint not null default 0,
  rows_out   bigint not null default 0,
  ms         double precision not null,
  ended_at   timestamptz not null default clock_timestamp(),
  result     jsonb not null,                                         -- what the step answered: a retry returns it
  primary key (epoch, step)
);

create table weir.windows (
  pipeline        text not null,
  window_start    timestamptz not null,
  window_end      timestamptz not null,
  state           text not null default 'missing'
                  check (state in ('missing', 'running', 'published', 'held', 'failed')),
  settled         text not null default 'missing',                   -- the state a cancelled run goes back to
  epoch           bigint not null default 0,                         -- the newest claim; (epoch, step, attempt) is the fence
  step            integer not null default 0,
  attempt         integer not null default 0,
  touches         bigint not null default 0,                         -- commits that changed rows this window reads: a count, not a flag
  touches_seen    bigint not null default 0,                         -- of those, how many the published window has seen
  code            text,                                              -- fingerprint that published it
  digest          text,
  rows            bigint,
  published_epoch bigint,
  published_at    timestamptz,
  primary key (pipeline, window_start)
) with (fillfactor = 60);

create table weir.published (                                        -- each curated table of each published window
  table_name   text not null,
  window_start timestamptz not null,
  rows         bigint not null,
  digest       text not null,
  code         text not null,
  epoch        bigint not null,
  published_at timestamptz not null default clock_timestamp(),
  primary key (table_name, window_start)
) with (fillfactor = 60);

create table weir.lineage (                                          -- which tables a window of a table was made from
  table_name   text not null,
  window_start timestamptz not null,
  epoch        bigint not null,
  code         text not null,
  inputs       jsonb not null,
  recorded_at  timestamptz not null default clock_timestamp(),
  primary key (table_name, window_start, epoch)
);

-- Deliveries below 2^30 share one partition of their cleaned table; large ones have a partition of their own.
create sequence weir.small_delivery as integer minvalue 1 maxvalue 1073741823;
create sequence weir.large_delivery as integer minvalue 1073741824 maxvalue 2147483647;

create table weir.origins (                                          -- one thing a source names; landed and cleaned by one at a time
  pipeline text not null,
  origin   text not null,
  version  text,                                                     -- the version last read to its end
  delivery integer,                                                  -- the delivery that counts; the others are superseded
  cleaned  integer,                                                  -- the delivery whose rows the cleaned table holds
  primary key (pipeline, origin)
) with (fillfactor = 60);

create table weir.deliveries (
  id        integer primary key,
  pipeline  text not null,
  origin    text not null,
  digest    text not null,                                           -- sha256 of all bytes
  format    text not null,
  fields    jsonb not null,
  preamble  bytea not null,
  bytes     bigint not null,
  records   bigint not null,
  epoch     bigint not null,
  landed_at timestamptz not null default clock_timestamp(),
  unique (pipeline, origin, digest),
  foreign key (pipeline, origin) references weir.origins
);

create table weir.segments (
  delivery     integer not null references weir.deliveries on delete cascade,
  ordinal      integer not null,
  first_record integer not null,
  records      integer not null,
  sha256       bytea not null,
  cleaned_by   text,                                                 -- cleaning fingerprint; null: not cleaned
  bytes        bytea not null,
  primary key (delivery, ordinal)
);
alter table weir.segments alter bytes set storage external;          -- pglz costs four times the write (docs/decisions)

create table weir.segment_windows (                                  -- the windows a segment holds rows or dead letters of
  delivery     integer not null,
  ordinal      integer not null,
  window_start timestamptz,                                          -- null: event time unreadable
  rows         bigint not null,
  dead         bigint not null,
  unique nulls not distinct (delivery, ordinal, window_start),
  foreign key (delivery, ordinal) references weir.segments on delete cascade
);
create index segment_windows_by_window on weir.segment_windows (window_start);

create table weir.dead_letters (
  pipeline     text not null,
  delivery     integer not null,
  record       integer not null,
  window_start timestamptz,
  column_name  text,
  reason       text not null,
  value        text,
  bytes        bytea not null,
  set_aside_at timestamptz not null default clock_timestamp(),
  primary key (delivery, record)
);
create index dead_letters_of_pipeline on weir.dead_letters (pipeline, window_start);

create table weir.definitions (                                      -- what a fingerprint stands for, part by part
  table_name  text not null,
  code        text not null,
  parts       jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (table_name, code)
);

create table weir.check_results (
  epoch      bigint not null references weir.runs on delete cascade,
  table_name text not null,
  check_name text not null,
  severity   text not null,
  rows       bigint not null,
  sample     jsonb not null,
  asked_at   timestamptz not null default clock_timestamp(),
  primary key (epoch, table_name, check_name)
);
