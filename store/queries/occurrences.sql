-- name: places
-- Every distinct thing that decides somebody's zone: their own, and the attributes that place them.
select distinct timezone, array(select attributes->>name from unnest(%(names)s::text[]) as name) as place
from contacts where erased_at is null

-- name: in_force_since
-- Since when the trigger in force says, without a break, what it says, but for what is `aside`, wherever it stood.
with said as (
  select s.returned, (v.plan->'triggers'->%(place)s::int) - %(aside)s::text[] as trigger
  from scenarios s join scenario_versions v on v.scenario = s.name and v.version = s.current
  where s.name = %(scenario)s
), versions as (
  select v.version, v.published_at, exists (
    select from jsonb_array_elements(v.plan->'triggers') as t (trigger)
    where t.trigger - %(aside)s::text[] = said.trigger) as stood
  from scenario_versions v, said
  where v.scenario = %(scenario)s and v.version >= coalesce(said.returned, 0)
)
select min(published_at) as since from versions
where version > coalesce((select max(version) from versions where not stood), 0)

-- name: nameless
-- What was recorded before triggers had names, what is over first.
select trigger, zone, due_at, started_at from occurrences
where scenario = %(scenario)s and name is null
order by finished_at nulls last

-- name: name
update occurrences o set name = n.name
from json_to_recordset(%(rows)s) as n (trigger smallint, zone text, due_at timestamptz, name text)
where o.scenario = %(scenario)s and o.trigger = n.trigger and o.zone = n.zone and o.due_at = n.due_at
  and o.name is null and not exists (
    select from occurrences k
    where k.scenario = o.scenario and k.name = n.name and k.zone = o.zone and k.due_at = o.due_at)

-- name: seen
-- Occurrences that were looked at to the end, or missed; and those that have begun, however long ago.
select due_at, finished_at is not null as over from occurrences
where scenario = %(scenario)s and name = %(name)s and zone = %(zone)s
  and (due_at > %(after)s or finished_at is null)

-- name: record_missed
-- A place at which another trigger was due at the same instant is taken: a number below 0 is free.
insert into occurrences (scenario, trigger, name, zone, due_at, started_at, finished_at, missed)
select %(scenario)s,
  case when taken.places @> array[%(place)s::smallint] then least(taken.lowest, 0) - 1 else %(place)s end,
  %(name)s, %(zone)s, due_at, %(now)s, %(now)s, true
from unnest(%(due)s::timestamptz[]) as due_at, lateral (
  select array_agg(o.trigger) as places, min(o.trigger) as lowest from occurrences o
  where o.scenario = %(scenario)s and o.zone = %(zone)s and o.due_at = due_at.due_at
) taken
on conflict do nothing

-- name: begin
insert into occurrences (scenario, trigger, name, zone, due_at, started_at)
select %(scenario)s,
  case when taken.places @> array[%(place)s::smallint] then least(taken.lowest, 0) - 1 else %(place)s end,
  %(name)s, %(zone)s, %(due)s, %(now)s
from (
  select array_agg(trigger) as places, min(trigger) as lowest from occurrences
  where scenario = %(scenario)s and zone = %(zone)s and due_at = %(due)s
) taken
on conflict do nothing

-- name: hold
-- Held until the page is entered, so that two looks at the same occurrence follow each other.
select cursor, started_at, finished_at is not null as over from occurrences
where scenario = %(scenario)s and name = %(name)s and zone = %(zone)s and due_at = %(due)s
for update

-- name: go_on
update occurrences
set cursor = coalesce(%(cursor)s, cursor), entered = entered + %(entered)s, finished_at = %(finished)s
where scenario = %(scenario)s and name = %(name)s and zone = %(zone)s and due_at = %(due)s

-- name: people
select count(*) as people from contacts where erased_at is null

-- name: page
-- The next contacts with what places them; only those whose date attribute is due, where one is given.
select id, timezone, array(select attributes->>name from unnest(%(names)s::text[]) as name) as place
from contacts
where erased_at is null and id > %(after)s and (known_at is null or known_at <= %(known_until)s)
  and (%(attribute)s::text is null
    or attributes->>%(attribute)s = any(%(days)s::text[])
    or (substr(attributes->>%(attribute)s, 6, 5) = any(%(month_days)s::text[])
        and attributes->>%(attribute)s <= %(latest)s))
order by id
limit %(limit)s
