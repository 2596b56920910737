-- What decisions rested on, written with them, and read when they are taken again.

-- name: standing
select (select last_value from event_seq) as seen, (select coalesce(max(id), 0) from worlds) as world_id

-- name: add
insert into transitions (run_id, sequence, contact_id, version, world_id, at, seen, fresh, heard, facts)
select run_id, sequence, contact_id, version, world_id, at, seen, fresh, heard, facts
from json_to_recordset(%(rows)s) as t (
  run_id bigint, sequence integer, contact_id text, version integer, world_id bigint, at timestamptz, seen bigint,
  fresh bigint[], heard bigint[], facts jsonb)

-- name: of_run
select sequence, version, world_id, at, seen, fresh, heard, facts from transitions where run_id = %(run)s
order by sequence

-- name: trail
select sequence, line, at, what, step, text, data from trail where run_id = %(run)s order by sequence, line

-- name: events
-- Those of the last places that were there are named; of the others all were.
select e.seq, e.name, e.at, e.properties
from unnest(%(names)s::text[], %(since)s::timestamptz[]) as n (name, since)
join events e on e.name = n.name and e.at >= n.since
where e.contact_id = %(contact)s and e.at >= %(oldest)s
  and (e.seq <= %(settled)s or e.seq = any(%(fresh)s::bigint[]))
order by e.at, e.seq

-- name: heard
select seq, name, at, properties from events where seq = any(%(seqs)s::bigint[]) order by at, seq

-- name: consents
select l.topic, l.channel, l.state, l.basis, l.at,
  case when l.topic = 'tracking' and l.state = 'granted' then (
    select min(g.at) from consents g
    where g.contact_id = %(contact)s and g.seq <= %(seen)s and g.topic = l.topic and g.channel = l.channel
      and g.id > coalesce((
        select max(w.id) from consents w
        where w.contact_id = %(contact)s and w.seq <= %(seen)s and w.topic = l.topic and w.channel = l.channel
          and w.state = 'withdrawn'), 0)
  ) end as since
from (
  select distinct on (topic, channel) topic, channel, state, basis, at from consents
  where contact_id = %(contact)s and seq <= %(seen)s
  order by topic, channel, id desc
) l

-- name: suppressions
select channel, reason, topics, classes, sender, at from suppressions
where seq <= %(seen)s and (lifted_seq is null or lifted_seq > %(seen)s)
  and (address_hash = any(%(hashes)s) or (topics is not null and contact_id = %(contact)s))
order by id

-- name: changed_since
-- Attributes that were written after the place, with what they were at it.
select l.attribute, (
  select h.value from attribute_history h
  where h.contact_id = %(contact)s and h.attribute = l.attribute and h.seq <= %(seen)s and h.in_force
  order by h.seq desc limit 1) as value
from (
  select distinct attribute from attribute_history where contact_id = %(contact)s and seq > %(seen)s and in_force) l

-- name: messages
select *, coalesce(sent_at, attempted_at, planned_at) as at from messages where id = any(%(ids)s) order by id

-- name: own_messages
select id, step, iteration from messages where run_id = %(run)s

-- name: answers
select step, iteration, state, answer, settled_at from requests where run_id = %(run)s

-- name: world
select world from worlds where id = %(id)s
