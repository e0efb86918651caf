-- Up Migration
-- Checks have a fingerprint of their own, and parsers a name instead of the text that a compiler printed.

alter table weir.windows
  add checks text;                                                   -- fingerprint of the checks it was published under

create table weir.checks (                                           -- what a fingerprint of checks stands for, table by table
  pipeline    text not null,
  checks      text not null,
  parts       jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (pipeline, checks)
);

-- Of each parser's text, to note when it changes under one name; null: recorded before parsers had names.
alter table weir.definitions
  add parsers jsonb;
