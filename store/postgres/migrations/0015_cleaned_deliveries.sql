-- Up Migration
-- Which code cleaned a delivery, kept by whatever changes its segments: the deliveries between two states are found by one probe of an index,
-- however many there are. A trigger, so that no writer can forget it, a person at a prompt neither.

alter table weir.deliveries add column cleaned_by text default '';    -- what all segments carry; '': none is cleaned; null: some are, or by several

create function weir.note_cleaned(ids integer[]) returns void language sql as $$
  update weir.deliveries d
     set cleaned_by = s.code
    from (select delivery,
                 case when count(cleaned_by) = 0 then ''
                      when count(cleaned_by) = count(*) and min(cleaned_by) = max(cleaned_by) then min(cleaned_by)
                 end as code
            from weir.segments
           where delivery = any (ids)
        group by delivery) s
   where d.id = s.delivery and d.cleaned_by is distinct from s.code
$$;

create function weir.note_updated() returns trigger language plpgsql as $$
begin
  perform weir.note_cleaned(array(select distinct delivery from changed));
  return null;
end $$;

create function weir.note_inserted() returns trigger language plpgsql as $$
begin
  perform weir.note_cleaned(array[new.delivery]);
  return null;
end $$;

create trigger segments_updated after update on weir.segments
  referencing new table as changed for each statement execute function weir.note_updated();
-- What is landed is not cleaned: nothing to note, and its bytes are not copied for a trigger.
create trigger segments_inserted after insert on weir.segments
  for each row when (new.cleaned_by is not null) execute function weir.note_inserted();

select weir.note_cleaned(array(select id from weir.deliveries));

create index deliveries_by_code on weir.deliveries (pipeline, cleaned_by);
create index origins_waiting on weir.origins (pipeline) where delivery is distinct from cleaned;
