-- What came of a scenario's entries, from an instant on (null: ever).

-- name: entered
select scenario, version, holdout, count(*) as entered,
       count(*) filter (where status = 'active') as active,
       count(*) filter (where goal_at is not null) as goals
from runs
where (%(scenario)s::text is null or scenario = %(scenario)s)
  and (%(since)s::timestamptz is null or entered_at >= %(since)s)
group by scenario, version, holdout
order by scenario, version, holdout

-- name: messages
-- `failed`: a provider refused it, or it bounced.
select m.scenario, m.channel,
       count(*) filter (where m.state in ('sent', 'delivered', 'unknown')) as sent,
       count(*) filter (where m.state = 'delivered') as delivered,
       count(*) filter (where m.state = 'refused') as failed,
       count(*) filter (where m.state in ('reserved', 'attempted')) as planned,
       count(*) filter (where m.state = 'withheld') as withheld
from messages m
where (%(scenario)s::text is null or m.scenario = %(scenario)s)
  and (%(since)s::timestamptz is null or coalesce(m.sent_at, m.planned_at) >= %(since)s)
group by m.scenario, m.channel
order by m.scenario, m.channel

-- name: not_sent
-- Messages that were given up, by what said no.
select r.scenario, t.data ->> 'because' as because, t.data ->> 'rule' as rule, count(*) as messages
from trail t
join runs r on r.id = t.run_id
where t.what = 'not_sent' and t.data ->> 'because' <> 'holdout'
  and (%(scenario)s::text is null or r.scenario = %(scenario)s)
  and (%(since)s::timestamptz is null or t.at >= %(since)s)
group by 1, 2, 3
order by 1, 4 desc, 2, 3

-- name: not_entered
select scenario, reason, sum(times)::bigint as times from entry_refusals
where (%(scenario)s::text is null or scenario = %(scenario)s)
  and (%(since)s::timestamptz is null or at >= %(since)s)
group by scenario, reason
order by scenario, sum(times) desc, reason

-- name: ends
select scenario, end_reason as reason, count(*) as runs
from runs
where status = 'ended'
  and (%(scenario)s::text is null or scenario = %(scenario)s)
  and (%(since)s::timestamptz is null or entered_at >= %(since)s)
group by scenario, end_reason
order by scenario, count(*) desc, end_reason

-- name: converted_later
-- Runs that were over before what the goal asks for happened, within its window, which may go on yet.
select holdout, (%(within)s::interval is null
    or ((entered_at at time zone %(zone)s) + %(within)s::interval) at time zone %(zone)s > %(now)s) as window_open, count(*) as runs
from runs r
where scenario = %(scenario)s and version = %(version)s and goal_at is null and status = 'ended'
  and (%(since)s::timestamptz is null or entered_at >= %(since)s)
  and exists (
    select from events e
    where e.contact_id = r.contact_id and e.name = %(event)s
      and (e.at, e.seq) > (r.entered_at, r.entered_seq) and e.at <= %(now)s
      and (%(within)s::interval is null
        or e.at <= ((r.entered_at at time zone %(zone)s) + %(within)s::interval) at time zone %(zone)s))
group by 1, 2

-- name: ended_without_goal
-- A page of runs whose goal has a `where`, which is asked of each event.
select r.*, (%(within)s::interval is null
    or ((entered_at at time zone %(zone)s) + %(within)s::interval) at time zone %(zone)s > %(now)s) as window_open
from runs r
where r.scenario = %(scenario)s and r.version = %(version)s and r.goal_at is null and r.status = 'ended'
  and r.id > %(after)s
  and (%(since)s::timestamptz is null or r.entered_at >= %(since)s)
order by r.id
limit %(limit)s

-- name: events_in_window
select r.id as run_id, e.seq, e.name, e.at, e.properties
from runs r
join events e on e.contact_id = r.contact_id and e.name = %(event)s
  and (e.at, e.seq) > (r.entered_at, r.entered_seq) and e.at <= %(now)s
  and (%(within)s::interval is null
    or e.at <= ((r.entered_at at time zone %(zone)s) + %(within)s::interval) at time zone %(zone)s)
where r.id = any(%(runs)s)
order by r.id, e.at, e.seq

-- name: still_open
-- Entries that may still reach the goal in its window.
select holdout, count(*) as runs
from runs
where scenario = %(scenario)s and version = %(version)s and goal_at is null
  and (%(since)s::timestamptz is null or entered_at >= %(since)s)
  and (%(within)s::interval is null
    or ((entered_at at time zone %(zone)s) + %(within)s::interval) at time zone %(zone)s > %(now)s)
group by holdout
