-- What came of a stretch of time, counted for people to read.

-- name: scenarios
select scenario,
       count(*) as entered,
       count(*) filter (where status = 'active') as active,
       count(*) filter (where goal_at is not null) as goals,
       count(*) filter (where holdout) as held_out
from runs
where entered_at >= %(since)s
group by scenario
order by scenario

-- name: sent
select scenario, channel, count(*) as messages
from messages
where sent_at >= %(since)s
group by scenario, channel
order by scenario, channel

-- name: delayed
-- Messages that got a later place than they asked for, by the limit that was full; hours where it was none.
select r.scenario, coalesce(t.data ->> 'rule', 'hours') as rule, count(distinct (t.run_id, t.step)) as messages
from trail t
join runs r on r.id = t.run_id
where t.what = 'reserved' and t.at >= %(since)s and (t.data ->> 'planned_at')::timestamptz > t.at
group by 1, 2
order by 1, 3 desc, 2

-- name: given_up
select r.scenario, t.data ->> 'because' as because, t.data ->> 'rule' as rule, count(*) as messages
from trail t
join runs r on r.id = t.run_id
where t.what = 'not_sent' and t.at >= %(since)s
group by 1, 2, 3
order by 1, 4 desc, 2, 3

-- name: opt_outs
-- Withdrawals by topic and channel, and blocks on addresses by reason.
select 'withdrawn' as what, topic || ' by ' || channel as detail, count(*) as people
from consents
where state = 'withdrawn' and recorded_at >= %(since)s
group by 2
union all
select 'suppressed', channel || ': ' || reason, count(*)
from suppressions
where at >= %(since)s
group by 2
order by 1, 2
