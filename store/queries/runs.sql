-- Who is named by id or contact is looked up with `status is not distinct from 'active'`: with `=` the planner may read all
-- runs under way by an index of theirs, which it takes for small where they came a moment ago.

-- name: due_contacts
select contact_id from runs
where group_id = any(%(groups)s) and status = 'active' and due_at <= %(now)s
order by due_at
limit %(limit)s

-- name: woken_contacts
select contact_id from runs r
where group_id = any(%(groups)s) and status = 'active' and exists (select from wakes w where w.run_id = r.id)
limit %(limit)s

-- name: due_of_groups
select * from runs
where group_id = any(%(groups)s) and contact_id = any(%(contacts)s) and status = 'active' and due_at <= %(now)s
order by contact_id, id

-- name: due_of_contacts
select * from runs
where contact_id = any(%(contacts)s) and status is not distinct from 'active' and due_at <= %(now)s
order by contact_id, id

-- name: by_ids
-- `written_as`: each write of a row gives it another one, whatever it writes, and also where one transaction writes twice.
select *, xmin::text || ctid::text as written_as from runs where id in (select unnest(%(ids)s::bigint[])) and status is not distinct from 'active' order by contact_id, id

-- name: unwritten
select r.id
from unnest(%(ids)s::bigint[], %(written_as)s::text[]) as seen (id, written_as)
join runs r on r.id = seen.id and r.xmin::text || r.ctid::text = seen.written_as

-- name: previous
select id, contact_id, key, occurrence, status, entered_at from runs
where scenario = %(scenario)s and contact_id in (select unnest(%(contacts)s::text[]))
order by id

-- name: next_ids
select nextval(pg_get_serial_sequence(%(table)s, 'id')) as id from generate_series(1, %(count)s)

-- name: insert_groups
insert into groups (id, workflow_id, scenario, version, contact_id, size, created_at) overriding system value
select id, workflow_id, scenario, version, contact_id, size, %(now)s
from json_to_recordset(%(rows)s) as g (
  id bigint, workflow_id text, scenario text, version integer, contact_id text, size integer)

-- name: insert
insert into runs (
  id, group_id, scenario, version, contact_id, key, occurrence, parallel, status, position, state, due_at, listens_to,
  objects, objects_at,
  holdout, sequence, entered_at, entered_seq, goal_at, ended_at, end_reason) overriding system value
select id, group_id, scenario, version, contact_id, key, occurrence, parallel, status, position, state, due_at,
  string_to_array(listens_to, ' '), objects, sequence, holdout, sequence, entered_at, entered_seq, goal_at, ended_at, end_reason
from json_to_recordset(%(rows)s) as r (
  id bigint, group_id bigint, scenario text, version integer, contact_id text, key text, occurrence text,
  parallel boolean, status text, position text, state jsonb, due_at timestamptz, listens_to text, objects text[],
  holdout boolean,
  sequence integer, entered_at timestamptz, entered_seq bigint, goal_at timestamptz, ended_at timestamptz,
  end_reason text)

-- name: write
-- Only a run that nobody moved since it was read.
update runs r set
  status = w.status, position = w.position, state = w.state, due_at = w.due_at,
  listens_to = string_to_array(w.listens_to, ' '), objects = w.objects, objects_at = r.sequence + 1,
  holdout = w.holdout, sequence = r.sequence + 1,
  goal_at = w.goal_at, ended_at = w.ended_at, end_reason = w.end_reason
from json_to_recordset(%(rows)s) as w (
  id bigint, status text, position text, state jsonb, due_at timestamptz, listens_to text, objects text[],
  holdout boolean, sequence integer, goal_at timestamptz, ended_at timestamptz, end_reason text)
where r.id = w.id and r.sequence = w.sequence
returning r.id

-- name: stop
update runs set
  status = 'ended', position = null, due_at = null, listens_to = '{}', objects = '{}', sequence = sequence + 1,
  ended_at = %(now)s, end_reason = %(reason)s
where id in (select unnest(%(ids)s::bigint[])) and status is not distinct from 'active'
returning id, contact_id, sequence

-- name: add_trail
insert into trail (run_id, sequence, line, contact_id, at, what, step, text, data)
select run_id, sequence, line, contact_id, at, what, step, text, coalesce(data, '{}')
from json_to_recordset(%(rows)s) as t (
  run_id bigint, sequence integer, line smallint, contact_id text, at timestamptz, what text, step text, text text,
  data jsonb)

-- name: wakes
select w.run_id, e.contact_id, e.seq, e.name, e.at, e.properties
from wakes w
join events e on e.seq = w.event_seq and e.at = w.event_at
where w.run_id = any(%(ids)s)
order by e.at, e.seq

-- name: clear_wakes
-- Those that were read, and those of a run that ended.
delete from wakes w
using unnest(%(runs)s::bigint[], %(seqs)s::bigint[]) as seen (run_id, seq)
where w.run_id = seen.run_id and (w.event_seq = seen.seq or seen.seq is null)

-- name: put_wakes
insert into wakes (run_id, event_seq, event_at)
select * from unnest(%(runs)s::bigint[], %(seqs)s::bigint[], %(ats)s::timestamptz[])
on conflict do nothing

-- name: wake
with woken as (
  update runs set due_at = %(now)s
  where id in (select unnest(%(ids)s::bigint[])) and status is not distinct from 'active' and (due_at is null or due_at > %(now)s)
  returning group_id
)
insert into pokes (group_id, start, at) select distinct group_id, false, %(now)s::timestamptz from woken

-- name: put_pokes
insert into pokes (group_id, start, at) select id, true, %(now)s from unnest(%(groups)s::bigint[]) as g (id)

-- name: active_of_contacts
select id, contact_id from runs where contact_id = any(%(contacts)s) and status is not distinct from 'active' order by id

-- name: listening
-- Runs that an event may act on, listened to by one of its `names`. One about an object has no contact: `objects` are the
-- names by which it is listened to.
-- What an older release wrote does not say of which objects: every run that listens to the event is asked. `offset 0`: person
-- by person, and not all runs for these few.
select r.id, r.contact_id, e.seq, e.at
from json_to_recordset(%(events)s) as e (seq bigint, at timestamptz, names text[], contact_id text)
cross join lateral (
  select id, contact_id, status, listens_to, entered_seq from runs where contact_id = e.contact_id offset 0) r
where r.status = 'active' and r.listens_to && e.names and r.entered_seq <> e.seq
union all
select r.id, r.contact_id, e.seq, e.at
from json_to_recordset(%(events)s) as e (seq bigint, at timestamptz, contact_id text, objects text[])
join runs r on r.objects && e.objects and r.objects <> '{}'
where e.contact_id is null and r.status = 'active' and r.objects_at = r.sequence and r.entered_seq <> e.seq
union all
select r.id, r.contact_id, e.seq, e.at
from json_to_recordset(%(events)s) as e (seq bigint, at timestamptz, name text, contact_id text)
join runs r on r.listens_to @> array[e.name]
where e.contact_id is null and r.status = 'active' and r.objects_at is distinct from r.sequence and r.entered_seq <> e.seq
order by 1, 3

-- name: standings
-- The last words are those of a group that has one run left, or had one alone that is over.
select g.id, r.active, least(r.due_at, m.planned_at) as due_at, least(r.later_at, m.planned_at) as later_at, p.positions,
  coalesce(w.text, o.text) as last_words
from unnest(%(groups)s::bigint[]) as g (id)
cross join lateral (
  select count(*) as active, min(due_at) as due_at, min(due_at) filter (where due_at > %(now)s) as later_at
  from runs where group_id = g.id and status = 'active') r
cross join lateral (
  select min(planned_at) as planned_at from messages
  where group_id = g.id and state = 'reserved' and planned_at > %(now)s) m
cross join lateral (
  select coalesce(jsonb_agg(jsonb_build_array(position, n) order by n desc, position), '[]') as positions
  from (
    select position, count(*) as n from runs
    where group_id = g.id and status = 'active'
    group by position
    order by count(*) desc, position
    limit 8) f) p
left join lateral (
  select t.text from runs l join trail t on t.run_id = l.id
  where r.active = 1 and l.group_id = g.id and l.status = 'active'
  order by t.sequence desc, t.line desc
  limit 1) w on true
left join lateral (
  select t.text from groups q
  join runs l on l.contact_id = q.contact_id and l.scenario = q.scenario and l.group_id = q.id
  join trail t on t.run_id = l.id
  where r.active = 0 and q.id = g.id
  order by t.sequence desc, t.line desc
  limit 1) o on true

-- name: end_groups
-- In one order everywhere: no lock of a contact keeps two who look at the same groups apart.
update groups set ended_at = %(now)s
where id in (select id from groups where id = any(%(groups)s) and ended_at is null order by id for update)

-- name: groups
select id, workflow_id, scenario, version, contact_id, size, (
  select count(*) from runs where group_id = g.id and status = 'active' and due_at <= %(now)s) as due
from groups g
where id = any(%(groups)s)

-- name: refuse_entries
insert into entry_refusals (scenario, contact_id, reason, event_seq, at)
select distinct on (contact_id, reason) %(scenario)s, contact_id, reason, event_seq, %(now)s
from json_to_recordset(%(rows)s) as r (contact_id text, reason text, event_seq bigint)
order by contact_id, reason, event_seq desc
on conflict (contact_id, scenario, reason) do update
set event_seq = excluded.event_seq, at = excluded.at, times = entry_refusals.times + 1

-- name: pools_held
select run_id, pool from codes where pool = any(%(pools)s) and run_id = any(%(ids)s)

-- name: answers
select run_id, step, iteration, state, answer, settled_at from requests
where run_id = any(%(ids)s) and state in ('answered', 'failed')

-- name: add_tasks
insert into tasks (run_id, step, contact_id, task, team, due_at, created_at)
select run_id, step, contact_id, task, team, due_at, %(now)s
from json_to_recordset(%(rows)s) as t (
  run_id bigint, step text, contact_id text, task text, team text, due_at timestamptz)

-- name: add_requests
insert into requests (run_id, step, iteration, webhook, body, until, created_at)
select run_id, step, iteration, webhook, body, until, %(now)s
from json_to_recordset(%(rows)s) as q (
  run_id bigint, step text, iteration integer, webhook text, body jsonb, until timestamptz)
on conflict do nothing
