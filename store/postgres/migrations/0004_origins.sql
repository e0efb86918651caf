-- Up Migration
-- Origins have a life: offered, vanished, retired by a decision; they may move; and numbers in them compare as numbers.

alter table weir.origins
  add column state            text not null default 'offered'
             check (state in ('offered', 'vanished', 'retired')),    -- vanished: landed once, not there when it was last looked for
  add column retired_delivery integer,                               -- the delivery that counted; raw keeps it
  add column retired_at       timestamptz,
  add column retired_by       text,
  add column retired_why      text,
  add column moved_from       text,
  add column moved_at         timestamptz,
  add column moved_by         text,
  add column moved_why        text;

-- A moved origin takes its deliveries with it.
alter table weir.deliveries
  drop constraint deliveries_pipeline_origin_fkey,
  add constraint deliveries_pipeline_origin_fkey foreign key (pipeline, origin) references weir.origins on update cascade;

-- ./land/x.csv is land/x.csv. Where both were landed, a person decides: the former is one that the source does not name.
update weir.origins o
   set origin = substr(o.origin, 3)
 where o.origin like './%'
   and not exists (select from weir.origins other where other.pipeline = o.pipeline and other.origin = substr(o.origin, 3));
update weir.former_windows f
   set origin = substr(f.origin, 3)
 where f.origin like './%'
   and not exists (select from weir.origins o where o.pipeline = f.pipeline and o.origin = f.origin);

-- Text that sorts (collate "C") as the origin with its numbers read as numbers: each run of digits, without leading zeros, behind its length.
create function weir.origin_key(origin text) returns text
  language sql immutable strict parallel safe
as $$
  select coalesce(string_agg(case when part[1] is null then part[2]
                                  else lpad(length(ltrim(part[1], '0'))::text, 4, '0') || ltrim(part[1], '0')
                             end, '' order by place), '')
    from regexp_matches(origin collate "C", '([0-9]+)|([^0-9]+)', 'g') with ordinality m (part, place)
$$;

alter table weir.deliveries
  add column origin_key text generated always as (weir.origin_key(origin)) stored;
