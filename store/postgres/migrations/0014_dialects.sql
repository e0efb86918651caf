-- Up Migration
-- By which dialect a delivery is cut into records: empty where it is CSV as everybody writes it. The same bytes, cut otherwise, are a delivery of
-- their own, made from raw: the one they were cut from is superseded by it.

alter table weir.deliveries
  add column framing text not null default '',
  drop constraint deliveries_pipeline_origin_digest_key,
  add unique (pipeline, origin, digest, framing);

-- What another dialect found no record in is asked for again.
create index deliveries_empty on weir.deliveries (pipeline) where records = 0;
