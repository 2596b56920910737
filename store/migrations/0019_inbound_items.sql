-- Items of other systems' requests that were taken, so that each counts once however often it is sent. Their ids are
-- kept as digests: they may say something about a person, and nothing but equality is asked of them.
create table inbound_items (
  source   text not null,
  digest   bytea not null,
  taken_at timestamptz not null,
  primary key (source, digest)
);
create index inbound_items_taken on inbound_items (taken_at);
