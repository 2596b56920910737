-- Events that could not be routed, kept apart so that the others go on; they are tried again later.
create table set_aside (
  seq        bigint primary key,
  at         timestamptz not null,
  contact_id text,
  partition  smallint not null,
  since      timestamptz not null,
  error      text not null
);
create index set_aside_contact on set_aside (contact_id) where contact_id is not null;
