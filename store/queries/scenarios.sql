-- name: publication
select (value)::text::integer as number from settings where name = 'publication'

-- name: world
select world from worlds order by id desc limit 1

-- name: save_world
-- Publishing an old world again makes it the one in force; what was in force between is kept, for replays.
insert into worlds (hash, world, author, published_at)
values (%(hash)s, %(world)s, %(author)s, %(at)s)
returning id

-- name: newest_world
select hash from worlds order by id desc limit 1

-- name: version
select plan from scenario_versions where scenario = %(scenario)s and version = %(version)s

-- name: before
select plan from scenario_versions where scenario = %(scenario)s and version < %(version)s order by version

-- name: published
select version, published_at from scenario_versions where scenario = %(scenario)s order by version

-- name: current
select s.name, s.current, v.hash from scenarios s
join scenario_versions v on v.scenario = s.name and v.version = s.current

-- name: heard
-- The versions that somebody may be on or be brought to, those of transactions that know only the publication before
-- this one too.
select distinct scenario, version from runs where status = 'active'
union
select scenario, version from edits where finished_at is null and called_off_at is null
union
select v.scenario, v.version from scenarios s join scenario_versions v on v.scenario = s.name and v.version >= s.current - 1

-- name: save_version
insert into scenario_versions (scenario, version, path, source, plan, hash, author, commit, published_at)
select %(scenario)s, coalesce(max(version), 0) + 1, %(path)s, %(source)s, %(plan)s, %(hash)s, %(author)s, %(commit)s,
  %(at)s
from scenario_versions where scenario = %(scenario)s
returning version

-- name: set_current
insert into scenarios (name, current) values (%(scenario)s, %(version)s)
on conflict (name) do update set
  current = excluded.current,
  returned = case when scenarios.current is null then excluded.current else scenarios.returned end

-- name: with_hash
select max(version) as version from scenario_versions where scenario = %(scenario)s and hash = %(hash)s

-- name: source
select path, source from scenario_versions where scenario = %(scenario)s and version = %(version)s

-- name: listed
select v.scenario, v.version, v.hash, v.author, v.commit, v.published_at, coalesce(v.plan->>'on_edit', 'finish') as on_edit,
       s.current is not distinct from v.version as in_force
from scenario_versions v
left join scenarios s on s.name = v.scenario
where %(scenario)s::text is null or v.scenario = %(scenario)s
order by v.scenario, v.version desc
