-- name: lock
-- In one order everywhere, so that two transactions never wait for each other. The ids as a relation: where they
-- are an array, a plan without figures compares each row with each of them.
select * from contacts
where id in (
  select unnest(%(ids)s::text[])
  union all
  select merged_into from contacts where merged_into is not null and id in (select unnest(%(ids)s::text[])))
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
insert into contacts (id, created_at, updated_at)
select id, at, %(now)s from unnest(%(ids)s::text[], %(created)s::timestamptz[]) as fresh (id, at)
order by id
on conflict (id) do nothing
returning id

-- name: write
update contacts c set
  email = w.email, phone = w.phone, locale = w.locale, timezone = w.timezone,
  is_professional = w.is_professional, attributes = w.attributes, updated_at = %(now)s
from jsonb_to_recordset(%(rows)s) as w (
  id text, email text, phone text, locale text, timezone text, is_professional boolean, attributes jsonb)
where c.id = w.id

-- name: add_history
insert into attribute_history (contact_id, attribute, value, at, source, recorded_at)
select contact_id, attribute, value, %(at)s, %(source)s, %(now)s
from jsonb_to_recordset(%(rows)s) as h (contact_id text, attribute text, value jsonb)
