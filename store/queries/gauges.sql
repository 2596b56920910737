-- name: runs
select scenario, count(*) as active from runs where status = 'active' group by scenario order by scenario

-- name: overdue_runs
-- What should have been decided by now, of scenarios that do not stand still. The first that stand are enough to alert.
select count(*) as runs, min(due_at) as oldest
from (
  select r.due_at from runs r
  where r.status = 'active' and r.due_at < %(before)s
    and not exists (
      select from pauses q where q.kind = 'all' or (q.kind = 'scenario' and q.name = r.scenario))
  order by r.due_at
  limit %(limit)s) late

-- name: messages
-- Messages with a place that have not left, and of those the ones whose instant has come and that nothing holds.
select m.channel, count(*) as waiting,
  count(*) filter (where m.planned_at <= %(now)s and not h.held) as due,
  min(m.planned_at) filter (where m.planned_at <= %(now)s and not h.held) as oldest
from messages m
cross join lateral (
  select exists (
    select from pauses q
    where q.kind = 'all' or (q.kind = 'scenario' and q.name = m.scenario) or (q.kind = 'channel' and q.name = m.channel)
  ) as held) h
where m.state = 'reserved'
group by m.channel

-- name: attempts
select channel, count(*) as open, min(attempted_at) as oldest from messages where state = 'attempted' group by channel

-- name: outboxes
select (select count(*) from (select from routing limit %(limit)s) r) as events,
       (select count(*) from (select from pokes limit %(limit)s) p) as pokes,
       (select min(at) from (select at from pokes order by id limit 1) p) as oldest_poke,
       (select count(*) from set_aside) as set_aside,
       (select count(*) from (select from requests where state = 'open' limit %(limit)s) q) as calls

-- name: codes
-- Pools by their index alone, and of each as many free codes as are worth counting.
with recursive pools as (
  (select pool from codes order by pool limit 1)
  union all
  select (select c.pool from codes c where c.pool > p.pool order by c.pool limit 1) from pools p where p.pool is not null
)
select p.pool, f.free
from pools p
cross join lateral (
  select count(*) as free from (
    select from codes c where c.pool = p.pool and c.run_id is null limit %(limit)s) counted) f
where p.pool is not null

-- name: tasks
select team, count(*) as open, count(*) filter (where due_at < %(now)s) as late
from tasks where state <> 'done'
group by team
order by team
