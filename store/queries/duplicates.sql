-- name: pairs
-- Contacts with the same value of an attribute, whatever its capitals: each with the oldest of them, who stays.
with told as (
  select id, created_at, nullif(lower(btrim(
    case %(attribute)s::text when 'email' then email when 'phone' then phone else attributes ->> %(attribute)s::text end
  )), '') as value
  from contacts where erased_at is null
),
grouped as (
  select id, created_at, first_value(id) over oldest as winner, count(*) over (partition by value) as people
  from told where value is not null
  window oldest as (partition by value order by created_at, id)
)
select winner, id as loser, people from grouped where id <> winner order by winner, created_at, id
