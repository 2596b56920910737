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

-- name: people
-- Everybody to whom these lead: the kind `` is our own id, `email` and `phone` are addresses too, which several may
-- have. What somebody had who was merged leads to whom they were merged into.
with asked as materialized (
  select distinct kind, value from unnest(%(kinds)s::text[], %(values)s::text[]) as a (kind, value)
)
select kind, value, coalesce(c.merged_into, c.id) as contact_id from asked join contacts c on c.id = value where kind = ''
union
select kind, value, i.contact_id from asked join identities i using (kind, value)
union
select kind, value, c.id from asked join contacts c on lower(c.email) = lower(value) where kind = 'email'
union
select kind, value, c.id from asked join contacts c on c.phone = value where kind = 'phone'
union
select kind, value, c.merged_into from asked
join merges m on lower(m.data -> 'loser' ->> 'email') = lower(value) join contacts c on c.id = m.loser_id
where kind = 'email' and c.merged_into is not null
union
select kind, value, c.merged_into from asked
join merges m on m.data -> 'loser' ->> 'phone' = value join contacts c on c.id = m.loser_id
where kind = 'phone' and c.merged_into is not null
