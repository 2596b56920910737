-- What new versions make of people in flight. A run is behind a version that is newer than its own, and than the
-- newest one that it heeded; it heeds them in the order of their numbers.

-- name: all
select scenario, version, finished_at is null as open from edits where called_off_at is null order by scenario, version

-- name: add
insert into edits (scenario, version, rule, actor, people, published_at)
values (%(scenario)s, %(version)s, %(rule)s, %(actor)s, %(people)s, %(now)s)

-- name: took_over
select e.scenario, e.version
from unnest(%(scenarios)s::text[], %(versions)s::integer[]) as v (scenario, version)
join edits e on e.scenario = v.scenario and e.version = v.version
where e.people > 0 and e.rule <> 'exit'

-- name: call_off
-- Who was not reached yet stays as they are.
update edits set called_off_at = %(now)s
where scenario = %(scenario)s and finished_at is null and called_off_at is null
returning version

-- name: open
-- The oldest first: a run heeds one version after the other.
select scenario, version from edits where finished_at is null and called_off_at is null
order by published_at, scenario, version

-- name: hold
-- By one worker until its page is committed.
select clock_timestamp() - since > %(settled)s as settled from edits
where scenario = %(scenario)s and version = %(version)s and finished_at is null and called_off_at is null
for update skip locked

-- name: versions
-- Older versions that somebody is on.
select v.version from scenario_versions v
where v.scenario = %(scenario)s and v.version < %(version)s
  and exists (
    select from runs r where r.scenario = v.scenario and r.version = v.version and r.status = 'active')
order by v.version

-- name: contacts
-- By the places that it concerns, so that a page costs the same whoever stays.
select r.contact_id
from unnest(%(versions)s::integer[], %(positions)s::text[]) as p (version, position)
cross join lateral (
  select contact_id from runs
  where scenario = %(scenario)s and version = p.version and position = p.position and status = 'active'
    and coalesce(heeded, 0) < %(version)s
  limit %(limit)s) r
limit %(limit)s

-- name: remaining
select count(*) as people
from unnest(%(versions)s::integer[], %(positions)s::text[]) as p (version, position)
join runs r on r.scenario = %(scenario)s and r.version = p.version and r.position = p.position
where r.status = 'active' and coalesce(r.heeded, 0) < %(version)s

-- name: behind
-- Active runs of locked contacts that have not heeded some version yet.
select r.* from runs r
where r.contact_id = any(%(contacts)s) and r.status is not distinct from 'active'
  and (%(scenario)s::text is null or r.scenario = %(scenario)s)
  and exists (
    select from edits e
    where e.scenario = r.scenario and e.version > greatest(r.version, r.heeded) and e.called_off_at is null)
order by r.contact_id, r.id

-- name: write
-- Only a run that nobody moved since it was read.
update runs r set
  version = w.version, heeded = w.heeded, status = w.status, position = w.position, state = w.state,
  due_at = w.due_at, listens_to = string_to_array(w.listens_to, ' '), objects = w.objects,
  objects_at = r.sequence + 1, sequence = r.sequence + 1,
  ended_at = w.ended_at, end_reason = w.end_reason
from json_to_recordset(%(rows)s) as w (
  id bigint, version integer, heeded integer, status text, position text, state jsonb, due_at timestamptz,
  listens_to text, objects text[], sequence integer, ended_at timestamptz, end_reason text)
where r.id = w.id and r.sequence = w.sequence
returning r.id

-- name: heed
update runs r set heeded = h.version
from unnest(%(ids)s::bigint[], %(versions)s::integer[]) as h (id, version)
where r.id = h.id

-- name: pass_on_wakes
with passed as (
  update wakes w set run_id = p.fresh
  from unnest(%(ended)s::bigint[], %(fresh)s::bigint[]) as p (ended, fresh)
  where w.run_id = p.ended
  returning w.run_id
)
update runs set due_at = %(now)s
where id in (select run_id from passed) and status is not distinct from 'active' and (due_at is null or due_at > %(now)s)

-- name: regroup
-- A group is of the version that all its people are on.
update groups g set version = %(version)s
where g.id in (select id from groups where id = any(%(groups)s) order by id for update) and g.version < %(version)s
  and not exists (select from runs r where r.group_id = g.id and r.status = 'active' and r.version <> %(version)s)

-- name: next_instants
-- When something of each run happens next: a look, or a message that leaves.
select r.id, r.group_id, r.status, least(r.due_at, m.planned_at) as at
from runs r
cross join lateral (
  select min(planned_at) as planned_at from messages where run_id = r.id and state is not distinct from 'reserved') m
where r.id = any(%(ids)s)

-- name: finish
update edits set finished_at = %(now)s where scenario = %(scenario)s and version = %(version)s

-- name: under_way
select scenario, version, rule, actor, people, published_at from edits
where finished_at is null and called_off_at is null
  and (%(scenario)s::text is null or scenario = %(scenario)s)
order by scenario, version
