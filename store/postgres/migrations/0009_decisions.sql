-- Up Migration
-- A retired origin may count again, and a delivery may be cleaned again by hand: by whom and why is kept where moves and retirements are.

alter table weir.origins
  add column restored_at   timestamptz,
  add column restored_by   text,
  add column restored_why  text,
  add column recleaned_at  timestamptz,
  add column recleaned_by  text,
  add column recleaned_why text;
