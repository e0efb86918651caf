-- Up Migration
-- Holes that nobody will fill, by a decision; and warnings that are found without a look at every answer of a check.

create table weir.accepted (
  pipeline     text not null,
  window_start timestamptz not null,
  window_end   timestamptz not null,
  accepted_at  timestamptz not null default clock_timestamp(),
  accepted_by  text not null,
  accepted_why text not null,
  undone_at    timestamptz,                                          -- taken back; accepted again, it is null
  undone_by    text,
  primary key (pipeline, window_start)
);

create index check_results_warned on weir.check_results (epoch) where severity = 'warn' and rows > 0;
