-- Up Migration
-- What the records of a segment were found to have besides what columns read, one row a field: what a contract that refuses is asked by, and
-- what people are told of a source that drifts. Rows of deliveries that were superseded stay: they say since when.

create table weir.new_fields (
  delivery integer not null,
  ordinal  integer not null,
  path     text[] not null,
  type     text,                                                     -- of a column that would read it; null: every value was null
  records  bigint not null,
  primary key (delivery, ordinal, path),
  foreign key (delivery, ordinal) references weir.segments on delete cascade
);

create table weir.seen_fields (                                      -- only where a missing field is refused
  delivery integer not null,
  ordinal  integer not null,
  field    text not null,
  primary key (delivery, ordinal, field),
  foreign key (delivery, ordinal) references weir.segments on delete cascade
);
