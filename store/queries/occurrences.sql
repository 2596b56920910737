-- name: places
-- Every distinct thing that decides somebody's zone: their own, and the attributes that place them.
select distinct timezone, array(select attributes->>name from unnest(%(names)s::text[]) as name) as place
from contacts where erased_at is null

-- name: in_force_since
-- When the trigger in force first stood at its place as it is now.
select min(old.published_at) as since
from scenarios s
join scenario_versions v on v.scenario = s.name and v.version = s.current
join scenario_versions old on old.scenario = s.name
  and old.plan->'triggers'->%(trigger)s::int = v.plan->'triggers'->%(trigger)s::int
where s.name = %(scenario)s

-- name: seen
-- Occurrences that were looked at to the end, or missed; and those that have begun, however long ago.
select due_at, finished_at is not null as over from occurrences
where scenario = %(scenario)s and trigger = %(trigger)s and zone = %(zone)s
  and (due_at > %(after)s or finished_at is null)

-- name: record_missed
insert into occurrences (scenario, trigger, zone, due_at, started_at, finished_at, missed)
select %(scenario)s, %(trigger)s, %(zone)s, due_at, %(now)s, %(now)s, true
from unnest(%(due)s::timestamptz[]) as due_at
on conflict do nothing

-- name: begin
insert into occurrences (scenario, trigger, zone, due_at, started_at)
values (%(scenario)s, %(trigger)s, %(zone)s, %(due)s, %(now)s)
on conflict do nothing

-- name: hold
-- Held until the page is entered, so that two looks at the same occurrence follow each other.
select cursor, started_at, finished_at is not null as over from occurrences
where scenario = %(scenario)s and trigger = %(trigger)s and zone = %(zone)s and due_at = %(due)s
for update

-- name: go_on
update occurrences
set cursor = coalesce(%(cursor)s, cursor), entered = entered + %(entered)s, finished_at = %(finished)s
where scenario = %(scenario)s and trigger = %(trigger)s and zone = %(zone)s and due_at = %(due)s

-- name: people
select count(*) as people from contacts where erased_at is null

-- name: page
-- The next contacts with what places them; only those whose date attribute is due, where one is given.
select id, timezone, array(select attributes->>name from unnest(%(names)s::text[]) as name) as place
from contacts
where erased_at is null and id > %(after)s
  and (%(attribute)s::text is null
    or attributes->>%(attribute)s = any(%(days)s::text[])
    or (substr(attributes->>%(attribute)s, 6, 5) = any(%(month_days)s::text[])
        and attributes->>%(attribute)s <= %(latest)s))
order by id
limit %(limit)s
