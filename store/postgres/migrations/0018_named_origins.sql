-- Up Migration
-- By which paths an origin was last found to be named, so that a run asks only about those that other paths were asked of, however many there are.

alter table weir.origins add column named_by text;                    -- null: nobody has asked since it got its name

-- A trigger, so that no writer can forget it: what was said of a name is not said of another.
create function weir.note_renamed() returns trigger language plpgsql as $$
begin
  new.named_by := null;
  return new;
end $$;
create trigger origins_renamed before update of origin on weir.origins
  for each row when (old.origin is distinct from new.origin) execute function weir.note_renamed();

create index origins_by_naming on weir.origins (pipeline, named_by) where state <> 'retired' and delivery is not null;

-- A window's origins by what their paths begin with.
create index origins_by_beginning on weir.origins (pipeline, origin collate "C");

-- A tick asks for the end of the newest window, and for runs that wait for their source.
create index windows_by_end on weir.windows (pipeline, window_end);
create index runs_by_error on weir.runs (error_type) where error_type is not null;
