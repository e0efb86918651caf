-- Up Migration
-- Windows that overlap those of another calendar: computed, past their gates, and not published before all of them are. Their rows wait in
-- the stages, under the run's number; what the gates and selects answered is in its steps.

create table weir.staged (
  pipeline     text not null,
  window_start timestamptz not null,
  window_end   timestamptz not null,
  epoch        bigint not null references weir.runs,
  code         text not null,                                        -- fingerprint that computed it
  checks       text,                                                 -- fingerprint of what its gates asked
  touches      bigint not null,                                      -- as its snapshots saw them
  facts        bigint not null,
  staged_at    timestamptz not null default clock_timestamp(),
  primary key (pipeline, window_start)
);

alter table weir.runs drop constraint runs_state_check;
alter table weir.runs add constraint runs_state_check
  check (state in ('running', 'published', 'staged', 'held', 'failed', 'cancelled', 'orphaned'));
