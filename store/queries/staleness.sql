-- name: since
-- Since when a person's values hold, of the attributes asked of which they have one.
select a.name as attribute, coalesce(
  (select max(h.at) from attribute_history h where h.contact_id = c.id and h.attribute = a.name and h.in_force),
  c.created_at) as at
from contacts c
cross join unnest(%(attributes)s::text[]) as a (name)
where c.id = %(contact)s and (c.attributes || jsonb_strip_nulls(jsonb_build_object('email', c.email, 'phone', c.phone,
  'locale', c.locale, 'timezone', c.timezone, 'is_professional', c.is_professional))) ? a.name

-- name: count
-- How many people have a value of an attribute, and of how many it is older than an instant.
select count(*)::integer as known, count(*) filter (where coalesce(h.at, c.created_at) < %(before)s)::integer as stale
from contacts c
left join (
  select contact_id, max(at) as at from attribute_history where attribute = %(attribute)s and in_force group by contact_id
) h on h.contact_id = c.id
where c.erased_at is null and case %(attribute)s
  when 'email' then c.email is not null when 'phone' then c.phone is not null else c.attributes ? %(attribute)s end
