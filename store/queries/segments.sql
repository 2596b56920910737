-- Who is in a segment. The engine puts the segment's condition, which is SQL over `c`, in place of CONDITION, and
-- what decides somebody's zone, an array of attributes of `c`, in place of PLACE.

-- name: places
-- Every distinct thing that decides a zone, with the text under which `people` finds those who have it.
select timezone, place, jsonb_build_array(timezone, place)::text as key
from (
  select distinct c.timezone, PLACE as place from contacts c where c.erased_at is null) p

-- name: page
select c.id, c.email, c.phone, c.locale from contacts c
where c.erased_at is null and c.id > %(after_)s
  and jsonb_build_array(c.timezone, PLACE)::text = any(%(places_)s::text[])
  and (CONDITION)
order by c.id
limit %(limit_)s

-- name: count
select count(*) as people from contacts c
where c.erased_at is null
  and jsonb_build_array(c.timezone, PLACE)::text = any(%(places_)s::text[])
  and (CONDITION)

-- name: values
-- How many people have each value of an expression, which stands in place of CONDITION.
select v.value, count(*) as people
from (
  select (CONDITION)::text as value from contacts c
  where c.erased_at is null
    and jsonb_build_array(c.timezone, PLACE)::text = any(%(places_)s::text[])
) v
group by 1
