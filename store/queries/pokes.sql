-- name: claim
-- Taken in order; what another worker holds is left to it. Gone only when the caller commits.
delete from pokes
where id in (select id from pokes order by id limit %(limit)s for update skip locked)
returning group_id, start

-- name: targets
select g.id, g.workflow_id, g.scenario, g.version, g.contact_id, g.size, g.created_at, g.ended_at is not null as ended,
       v.plan->>'title' as title, v.plan->>'program' as program, v.plan->>'start' as first_step
from groups g
join scenario_versions v on v.scenario = g.scenario and v.version = g.version
where g.id = any(%(groups)s)

-- name: put
insert into pokes (group_id, start, at)
select *, %(at)s from unnest(%(groups)s::bigint[], %(starts)s::boolean[])

-- name: put_overdue
-- Groups whose work has been due for a while: their workflow was lost, or a poke was.
insert into pokes (group_id, start, at)
select distinct r.group_id, false, %(now)s::timestamptz
from runs r
where r.status = 'active' and r.due_at < %(before)s
  and not exists (select 1 from pokes p where p.group_id = r.group_id)
  and not exists (
    select 1 from pauses q
    where q.kind = 'all' or (q.kind = 'scenario' and q.name = r.scenario))
limit %(limit)s

-- name: put_undelivered
-- Groups with a message that should have left: their run waits for it alone, and nothing else wakes it.
insert into pokes (group_id, start, at)
select distinct m.group_id, false, %(now)s::timestamptz
from messages m
where m.state = 'reserved' and m.planned_at < %(before)s
  and not exists (select 1 from pokes p where p.group_id = m.group_id)
  and not exists (
    select 1 from pauses q
    where q.kind = 'all' or (q.kind = 'scenario' and q.name = m.scenario) or (q.kind = 'channel' and q.name = m.channel))
limit %(limit)s
