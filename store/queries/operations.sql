-- What people at the command line ask of runs, and the runs that they stop.

-- name: listed
-- The newest first, each with what was said of it last.
select r.id, r.scenario, r.version, r.contact_id, r.key, r.status, r.position, r.due_at, r.entered_at, r.ended_at,
       r.end_reason, r.goal_at, r.holdout, w.text as last_words
from runs r
left join lateral (
  select text from trail where run_id = r.id order by sequence desc, line desc limit 1) w on true
where (%(scenario)s::text is null or r.scenario = %(scenario)s)
  and (%(contact)s::text is null or r.contact_id = %(contact)s)
  and (%(status)s::text is null or r.status = %(status)s)
order by r.entered_at desc, r.id desc
limit %(limit)s

-- name: run
select r.*, g.workflow_id, g.size as group_size
from runs r join groups g on g.id = r.group_id
where r.id = %(run)s

-- name: trail
select at, what, step, text, data from trail where run_id = %(run)s order by sequence, line

-- name: messages
select uid::text as uid, id, step, iteration, channel, message, topic, state, planned_at, attempted_at, sent_at,
       settled_at, provider, provider_id, reason
from messages where run_id = %(run)s order by id

-- name: chosen
-- How many would be stopped, how many places they hold, and the newest of them: who enters later is not meant.
select count(*) as runs, coalesce(max(r.id), 0) as newest, coalesce(sum(m.held), 0)::bigint as messages
from runs r
cross join lateral (
  select count(*) as held from messages where run_id = r.id and state = 'reserved') m
where r.status = 'active'
  and (%(run)s::bigint is null or r.id = %(run)s)
  and (%(scenario)s::text is null or r.scenario = %(scenario)s)
  and (%(contact)s::text is null or r.contact_id = %(contact)s)

-- name: next_chosen
select r.id, r.contact_id, r.group_id from runs r
where r.status = 'active' and r.id > %(after)s and r.id <= %(newest)s
  and (%(run)s::bigint is null or r.id = %(run)s)
  and (%(scenario)s::text is null or r.scenario = %(scenario)s)
  and (%(contact)s::text is null or r.contact_id = %(contact)s)
order by r.id
limit %(limit)s

-- name: poke
insert into pokes (group_id, start, at)
select distinct id, false, %(now)s::timestamptz from unnest(%(groups)s::bigint[]) as g (id)

-- name: last_messages
select uid::text as uid, scenario, step, channel, message, state, coalesce(sent_at, planned_at) as at, reason
from messages where contact_id = %(contact)s
order by coalesce(sent_at, planned_at) desc, id desc
limit %(limit)s
