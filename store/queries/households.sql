-- name: make
-- In the order in which they are locked, so that nobody who makes one waits for somebody who waits for him.
insert into household_locks (key)
select distinct k.key from (select hashtextextended(name, 0) as key from unnest(%(households)s::text[]) as h (name)) k
where not exists (select from household_locks l where l.key = k.key)
order by k.key
on conflict do nothing

-- name: lock
select key from household_locks
where key in (select hashtextextended(name, 0) from unnest(%(households)s::text[]) as h (name))
order by key
for update

-- name: messages
-- What counts under limits, to anybody who lived there.
select id, household, contact_id, channel, tags, state, coalesce(sent_at, attempted_at, planned_at) as at, local_day
from messages
where household in (select unnest(%(households)s::text[])) and not exempt
  and state in ('reserved', 'attempted', 'sent', 'delivered', 'unknown')
  and (planned_at >= %(since)s or attempted_at >= %(since)s or sent_at >= %(since)s)
order by id

-- name: members
-- Who lives there now, by the index that the publication made.
select id from contacts
where attributes ->> %(attribute)s = %(household)s and erased_at is null
order by id
limit %(limit)s
