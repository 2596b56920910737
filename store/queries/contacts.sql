-- name: lock
-- In one order everywhere, so that two transactions never wait for each other. The ids as a relation: where they
-- are an array, a plan without figures compares each row with each of them. Only where a merge was undone is a run
-- somebody else's than its messages.
select * from contacts
where id in (
  select unnest(%(ids)s::text[])
  union all
  select merged_into from contacts where merged_into is not null and id in (select unnest(%(ids)s::text[]))
  union all
  select contact_id from runs
  where id = any(%(runs)s::bigint[]) and exists (select from merges where undone_at is not null))
order by id
for update

-- name: read
select * from contacts where id in (select unnest(%(ids)s::text[]))

-- name: by_address
select 'email' as channel, lower(email) as address, id from contacts where lower(email) = any(%(emails)s)
union all
select 'sms', phone, id from contacts where phone = any(%(phones)s)
order by id

-- name: insert_missing
insert into contacts (id, created_at, known_at, updated_at)
select id, at, %(now)s, %(now)s from unnest(%(ids)s::text[], %(created)s::timestamptz[]) as fresh (id, at)
order by id
on conflict (id) do nothing
returning id

-- name: write
update contacts c set
  email = w.email, phone = w.phone, locale = w.locale, timezone = w.timezone,
  is_professional = w.is_professional, attributes = w.attributes, updated_at = %(now)s
from json_to_recordset(%(rows)s) as w (
  id text, email text, phone text, locale text, timezone text, is_professional boolean, attributes jsonb)
where c.id = w.id

-- name: add_facts
-- A late fact that is told again is there already.
insert into attribute_history (contact_id, attribute, value, at, source, recorded_at, in_force)
select contact_id, attribute, value, at, %(source)s, %(now)s, in_force
from json_to_recordset(%(rows)s) as h (contact_id text, attribute text, value jsonb, at timestamptz, in_force boolean)
where in_force or not exists (
  select from attribute_history a
  where a.contact_id = h.contact_id and a.attribute = h.attribute and a.at = h.at and a.value is not distinct from h.value)

-- name: readdressed
-- The address that each had before the present one; one that was taken away in between counts too.
select c.id as contact_id, a.attribute, h.before, a.after
from contacts c
cross join lateral (values ('email', c.email), ('phone', c.phone)) as a (attribute, after)
cross join lateral (
  select value #>> '{}' as before from attribute_history h
  where h.contact_id = c.id and h.attribute = a.attribute and h.in_force
    and jsonb_typeof(h.value) = 'string' and h.value #>> '{}' <> a.after
  order by h.at desc, h.seq desc
  limit 1) h
where c.id in (select unnest(%(contacts)s::text[])) and a.after is not null

-- name: known_since
select h.contact_id, h.attribute, max(h.at) as at
from unnest(%(contacts)s::text[], %(attributes)s::text[]) as k (contact_id, attribute)
join attribute_history h using (contact_id, attribute)
group by h.contact_id, h.attribute
