-- name: inactive
-- People of whom no act of their own is younger than `before`: what they did, not what was done to them.
select c.id
from contacts c
where c.erased_at is null and c.created_at < %(before)s and c.id > %(after)s
  and (%(among)s::text[] is null or c.id = any(%(among)s))
  and not exists (
    select from events e
    where e.contact_id = c.id and e.name = any(%(acts)s) and e.at >= %(before)s)
  and not exists (select from consents s where s.contact_id = c.id and s.at >= %(before)s)
order by c.id
limit %(limit)s

-- name: stale
-- Values of an attribute that nobody has said again since `before`.
select c.id
from contacts c
where c.erased_at is null and c.id > %(after)s
  and (%(among)s::text[] is null or c.id = any(%(among)s))
  and case when %(attribute)s in ('email', 'phone') then
    case %(attribute)s when 'email' then c.email else c.phone end is not null
    else c.attributes ? %(attribute)s end
  and coalesce(
    (select max(h.at) from attribute_history h where h.contact_id = c.id and h.attribute = %(attribute)s),
    c.created_at) < %(before)s
order by c.id
limit %(limit)s

-- name: forget_values
-- Events that tell of its changes keep that it changed, and not from what to what.
with told as (
  update events set properties = properties - 'before' - 'after'
  where contact_id = any(%(contacts)s) and name = 'contact.changed' and properties ->> 'attribute' = %(attribute)s
)
delete from attribute_history where contact_id = any(%(contacts)s) and attribute = %(attribute)s

-- name: old_events
select count(*) as rows from events e
where at < %(before)s and recorded_at < %(settled)s
  and not exists (select from routing r where r.seq = e.seq)
  and not exists (select from set_aside s where s.seq = e.seq)
  and not exists (select from wakes w where w.event_seq = e.seq)

-- name: delete_events
-- Not what came lately, however old: it may come twice, and its key tells. Nor what somebody has still to look at.
with chosen as (
  select seq, at from events e
  where at < %(before)s and recorded_at < %(settled)s
    and not exists (select from routing r where r.seq = e.seq)
    and not exists (select from set_aside s where s.seq = e.seq)
    and not exists (select from wakes w where w.event_seq = e.seq)
  order by at limit %(limit)s
),
gone as (
  delete from events e using chosen c where e.seq = c.seq and e.at = c.at returning e.source, e.id
),
keys as (
  delete from event_keys k using gone g where k.source = g.source and k.id = g.id
)
select count(*) as rows from gone

-- name: delete_items
-- Which items of other systems' requests were taken.
with gone as (
  delete from inbound_items where (source, digest) in (
    select source, digest from inbound_items where taken_at < %(before)s order by taken_at limit %(limit)s)
  returning 1
)
select count(*) as rows from gone

-- name: old_messages
select count(*) as rows from messages
where planned_at < %(before)s and state not in ('reserved', 'attempted')

-- name: delete_messages
-- With what providers said of them. The rows of runs stay, since entry rules ask whether somebody was ever in.
with gone as (
  delete from messages
  where id in (
    select id from messages
    where planned_at < %(before)s and state not in ('reserved', 'attempted')
    order by planned_at limit %(limit)s)
  returning id
),
reports as (
  delete from delivery_reports d using gone g where d.message_id = g.id
)
select count(*) as rows from gone

-- name: delete_trails
-- What ended runs did, step by step.
with old as (
  select r.id from runs r
  where r.status = 'ended' and r.ended_at < %(before)s
    and (exists (select from trail t where t.run_id = r.id)
      or exists (select from transitions x where x.run_id = r.id))
  order by r.id limit %(limit)s
),
told as (delete from trail t using old o where t.run_id = o.id),
decided as (delete from transitions x using old o where x.run_id = o.id)
select count(*) as rows from old

-- name: old_raw
select
  (select count(*) from delivery_reports where at < %(before)s and raw - 'MessageSid' <> '{}')
  + (select count(*) from events where at < %(before)s and name = 'message.replied' and properties ? 'text') as rows

-- name: delete_raw
-- What happened stays: that somebody answered, that it was delivered, and why not. So does Twilio's id of an SMS to
-- us, by which an erasure has it deleted there.
with chosen as (
  select provider, key from delivery_reports
  where at < %(before)s and raw - 'MessageSid' <> '{}'
  order by at limit %(limit)s
),
reports as (
  update delivery_reports d
  set raw = case when d.raw ? 'MessageSid' then jsonb_build_object('MessageSid', d.raw -> 'MessageSid') else '{}' end
  from chosen c where d.provider = c.provider and d.key = c.key
  returning 1
),
answered as (
  select seq, at from events
  where at < %(before)s and name = 'message.replied' and properties ? 'text'
  order by at limit %(limit)s
),
answers as (
  update events e set properties = e.properties - 'text'
  from answered a where e.seq = a.seq and e.at = a.at
  returning 1
)
select (select count(*) from reports) + (select count(*) from answers) as rows

-- name: only_one
select pg_try_advisory_xact_lock(hashtext('relance retention')) as free
