-- Who lives together, as limits of a household count it. A message keeps the household in which it got its place, and
-- takes the one in which it was handed over.
alter table messages add column household text;
create index messages_household on messages (household, planned_at) where household is not null;

-- What is locked while places of a household are counted and taken, after its people: a row for a hash of it, which
-- tells nothing of anybody.
create table household_locks (key bigint primary key);
