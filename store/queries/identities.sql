-- name: add
insert into identities (kind, value, contact_id)
select * from unnest(%(kinds)s::text[], %(values)s::text[], %(contacts)s::text[])
on conflict (kind, value) do nothing

-- name: taken
select i.kind, i.value, i.contact_id
from identities i
join unnest(%(kinds)s::text[], %(values)s::text[], %(contacts)s::text[]) as asked (kind, value, contact_id)
  using (kind, value)
where i.contact_id <> asked.contact_id

-- name: of_contact
select kind, value from identities where contact_id = %(contact)s order by kind, value
