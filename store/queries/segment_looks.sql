-- name: standing
select scenario, look, zone, definition, done_at from segment_looks

-- name: forget_others
-- What is in force no more is forgotten, so that it begins anew where it comes back.
with kept as (
  select * from unnest(%(scenarios)s::text[], %(looks)s::text[]) as k (scenario, look)
), members as (
  delete from segment_members m
  where not exists (select from kept k where k.scenario = m.scenario and k.look = m.look)
)
delete from segment_looks l
where not exists (select from kept k where k.scenario = l.scenario and k.look = l.look)

-- name: begin
insert into segment_looks (scenario, look, definition) values (%(scenario)s, %(look)s, %(definition)s)
on conflict (scenario, look, zone) do update set definition = excluded.definition, done_at = null
where segment_looks.definition <> excluded.definition

-- name: hold
-- One worker at a time looks for a trigger.
select definition from segment_looks
where scenario = %(scenario)s and look = %(look)s and zone = '' for update skip locked

-- name: done
insert into segment_looks (scenario, look, zone, done_at) values (%(scenario)s, %(look)s, %(zone)s, %(at)s)
on conflict (scenario, look, zone) do update set done_at = excluded.done_at

-- name: based
select 1 from segment_looks
where scenario = %(scenario)s and look = %(look)s and zone = '' and definition = %(definition)s
  and done_at is not null

-- name: members
select contact_id from segment_members
where scenario = %(scenario)s and look = %(look)s and contact_id = any(%(contacts)s)

-- name: add
insert into segment_members (scenario, look, contact_id, since)
select %(scenario)s, %(look)s, contact_id, %(now)s from unnest(%(contacts)s::text[]) as c (contact_id)
on conflict do nothing

-- name: remove
delete from segment_members
where scenario = %(scenario)s and look = %(look)s and contact_id = any(%(contacts)s)

-- name: people
-- The engine puts the segment's condition, SQL over `c`, in place of CONDITION, and what is asked of it and of the
-- membership in place of WANTED.
select c.id, c.timezone, array(select c.attributes->>name from unnest(%(names_)s::text[]) as name) as place
from contacts c
left join segment_members m on m.scenario = %(scenario_)s and m.look = %(look_)s and m.contact_id = c.id
cross join lateral (select c.erased_at is null and (CONDITION) is true as now, m.contact_id is not null as before) i
where c.id > %(after_)s and (WANTED)
order by c.id
limit %(limit_)s
