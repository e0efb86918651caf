-- Up Migration
-- Windows that former versions of an origin held rows of, until they are published again: a file that came back broken is judged in every
-- window that its former self filled.

create table weir.superseded_windows (
  pipeline     text not null,
  origin       text not null,
  window_start timestamptz not null,
  primary key (pipeline, window_start, origin)
);

alter table weir.former_windows add column dead bigint not null default 0;
