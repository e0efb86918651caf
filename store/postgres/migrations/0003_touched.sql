-- Up Migration
-- Touches as facts: cleaning and publishing append what changed, insert only; a publish notes how many such facts its snapshot saw within
-- its reach. weir.windows.touches and touches_seen are the counters of versions before, kept so that what they called stale stays stale.

-- Which ledger this is: a run that one ledger gave its number to is not known to another.
create table weir.ledger (
  id      uuid not null default gen_random_uuid(),
  made_at timestamptz not null default clock_timestamp(),
  single  boolean primary key default true check (single)
);
insert into weir.ledger default values;

create table weir.touched (
  table_name   text not null,
  window_start timestamptz not null,                                 -- of the changed window; -infinity: the one of a whole table
  facts        bigint not null default 1,                            -- how many; folded by sum
  touched_at   timestamptz not null default clock_timestamp()
);
create index touched_by_window on weir.touched (table_name, window_start);

alter table weir.windows add column facts_seen bigint not null default 0;

-- Order-free sums of row hashes: a window of a delivery whose sums stay has not changed. Null: cleaned by a version before.
alter table weir.segment_windows add column low bigint, add column high bigint;

create table weir.former_windows (                                   -- what an origin held before the delivery that is being cleaned
  pipeline     text not null,
  origin       text not null,
  window_start timestamptz not null,
  code         text,                                                 -- the fingerprint that cleaned all of it, where one did
  rows         bigint not null,
  low          numeric,
  high         numeric,
  primary key (pipeline, origin, window_start)
);
