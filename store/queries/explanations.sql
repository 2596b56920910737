-- What was known of one person at an instant: nothing here looks at what was written down after it.

-- name: runs
select r.id, r.scenario, r.version, r.key, r.entered_at, r.holdout, g.created_at
from runs r join groups g on g.id = r.group_id
where r.contact_id = %(contact)s and g.created_at <= %(at)s
  and (%(scenario)s::text is null or r.scenario = %(scenario)s)
order by r.id desc
limit %(limit)s

-- name: trail
select run_id, at, what, step, text, data from trail
where run_id = any(%(runs)s) and at <= %(at)s
order by run_id, sequence, line

-- name: messages
-- As they stood: of a message that got several places one after the other, the last one given by then.
select id, contact_id, message, scenario, channel,
       coalesce((
         select (t.data ->> 'planned_at')::timestamptz from trail t
         where t.run_id = m.run_id and t.step = m.step and t.what = 'reserved' and t.at <= %(at)s
           and t.data ->> 'message' = m.message
         order by t.sequence desc, t.line desc limit 1), planned_at) as planned_at,
       case when sent_at <= %(at)s then sent_at end as sent_at,
       case when attempted_at <= %(at)s then attempted_at end as attempted_at,
       case when settled_at <= %(at)s then state end as settled_as
from messages m
where (contact_id = %(contact)s or %(contact)s::text is null) and id = any(%(ids)s)
order by id

-- name: refusals
select scenario, reason, event_seq, at, times from entry_refusals
where contact_id = %(contact)s and at <= %(at)s
  and (%(scenario)s::text is null or scenario = %(scenario)s)
order by at, reason

-- name: events
select seq, name, at, recorded_at from events where contact_id = %(contact)s and seq = any(%(seqs)s)

-- name: consents
select distinct on (topic, channel) topic, channel, state, basis, at from consents
where contact_id = %(contact)s and recorded_at <= %(at)s
order by topic, channel, id desc

-- name: suppressions
select channel, reason, topics, classes, sender, at from suppressions
where at <= %(at)s and (lifted_at is null or lifted_at > %(at)s)
  and (address_hash = any(%(hashes)s) or (topics is not null and contact_id = %(contact)s))
order by id

-- name: changed_since
-- Attributes that were written after the instant, with what they were at it.
select l.attribute, (
  select h.value from attribute_history h
  where h.contact_id = %(contact)s and h.attribute = l.attribute and h.recorded_at <= %(at)s and h.in_force
  order by h.recorded_at desc limit 1) as value
from (
  select distinct attribute from attribute_history where contact_id = %(contact)s and recorded_at > %(at)s and in_force) l

-- name: worlds
select id, published_at from worlds where published_at <= %(at)s order by id

-- name: world
select world from worlds where id = %(id)s

-- name: versions
-- The version of each scenario that new entries took at the instant.
select scenario, max(version) as version from scenario_versions where published_at <= %(at)s group by scenario

-- name: not_left
-- Messages whose instant had come, and of which no end was known by then.
select m.scenario, m.message, m.channel, g.workflow_id, m.planned_at,
       case when m.attempted_at <= %(at)s then m.attempted_at end as attempted_at
from messages m join groups g on g.id = m.group_id
where m.run_id = any(%(runs)s) and m.planned_at <= %(at)s
  and (m.state in ('reserved', 'attempted') or coalesce(m.sent_at, m.settled_at) > %(at)s)
  and coalesce(m.sent_at, 'infinity') > %(at)s and coalesce(m.settled_at, 'infinity') > %(at)s
order by m.planned_at, m.id

-- name: stood_still
-- What was paused at the instant, by the audit, which remembers also what went on since.
select subject, actor, at, coalesce(data ->> 'reason', '') as reason
from (
  select distinct on (what.subject) what.subject, actor, at, data, action
  from audit a, lateral (select case a.subject when 'all' then 'everything' else a.subject end as subject) what
  where action in ('pause', 'resume') and at <= %(at)s
  order by what.subject, a.id desc) last
where action = 'pause'
order by at
