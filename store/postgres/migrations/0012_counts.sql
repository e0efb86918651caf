-- Up Migration
-- What became of a pipeline's records, kept by the transactions that change it: insert only, so they wait for nobody; folded by sum under the
-- lock on cleaning.

create table weir.counts (
  pipeline   text not null,
  table_name text not null,                                          -- the cleaned table that live and beaten rows are in
  records    bigint not null default 0,                              -- of segments whose rows and dead letters are there
  live       bigint not null default 0,
  beaten     bigint not null default 0,
  dead       bigint not null default 0,
  is_kept    boolean not null default true                           -- false: something that does not keep counts changed segments; count them anew
);
create index counts_of_pipeline on weir.counts (pipeline);

-- Counted by the next worker that starts, or the next commit of cleaning.
insert into weir.counts (pipeline, table_name, is_kept)
select distinct pipeline, '', false from weir.deliveries;

-- A worker of a version before, or a person, changes segments without a word about counts: then the kept ones are not believed.
create function weir.note_uncounted() returns trigger
  language plpgsql
as $$
begin
  if current_setting('weir.counts', true) is distinct from 'kept' then
    insert into weir.counts (pipeline, table_name, is_kept)
    select distinct d.pipeline, '', false
      from former
      join changed using (delivery, ordinal)
      join weir.deliveries d on d.id = former.delivery
     where former.cleaned_by is distinct from changed.cleaned_by;
  end if;
  return null;
end
$$;
create trigger note_uncounted after update on weir.segments
  referencing old table as former new table as changed
  for each statement execute function weir.note_uncounted();
