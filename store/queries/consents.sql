-- name: latest
-- `since`, for tracking alone: when the present consent began, however often it was given again.
select l.contact_id, l.topic, l.channel, l.state, l.basis, l.text_version, l.at, l.source,
  case when l.topic = 'tracking' and l.state = 'granted' then (
    select min(g.at) from consents g
    where g.contact_id = l.contact_id and g.topic = l.topic and g.channel = l.channel and g.id > coalesce((
      select max(w.id) from consents w
      where w.contact_id = l.contact_id and w.topic = l.topic and w.channel = l.channel and w.state = 'withdrawn'), 0)
  ) end as since
from (
  select distinct on (contact_id, topic, channel) contact_id, topic, channel, state, basis, text_version, at, source
  from consents
  where contact_id in (select unnest(%(contacts)s::text[]))
  order by contact_id, topic, channel, id desc
) l

-- name: append
insert into consents (contact_id, topic, channel, state, basis, text_version, proof, source, at, recorded_at)
select contact_id, topic, channel, state, basis, text_version, coalesce(proof, '{}'), source, at, %(now)s
from json_to_recordset(%(rows)s) as c (
  n integer, contact_id text, topic text, channel text, state text, basis text, text_version text, proof jsonb,
  source text, at timestamptz)
order by n

-- name: told
select c.contact_id, c.topic, c.channel, c.state, c.at
from unnest(%(contacts)s::text[], %(topics)s::text[], %(channels)s::text[], %(states)s::text[],
  %(instants)s::timestamptz[]) as w (contact_id, topic, channel, state, at)
join consents c using (contact_id, topic, channel, state, at)

-- name: sales
-- The last sale of each person up to an instant.
select w.n, e.source, e.id, e.at
from unnest(%(contacts)s::text[], %(events)s::text[], %(untils)s::timestamptz[]) with ordinality
  as w (contact_id, name, until, n)
cross join lateral (
  select source, id, at from events e
  where e.contact_id = w.contact_id and e.name = w.name and e.at <= w.until
  order by e.at desc, e.seq desc
  limit 1) e

-- name: suppressions
select id, channel, address_hash, contact_id, reason, topics, classes, sender, at
from suppressions
where lifted_at is null
  and (address_hash = any(%(hashes)s) or (topics is not null and contact_id = any(%(contacts)s)))
order by id

-- name: suppress
-- The same block is not written twice; but one that only a merge says goes when it is undone.
insert into suppressions (channel, address_hash, reason, topics, classes, sender, contact_id, source, at)
select distinct on (channel, address_hash, reason, topics, sender, contact_id)
  channel, address_hash, reason, topics, classes, sender, contact_id, source, at
from json_to_recordset(%(rows)s) as s (
  channel text, address_hash text, known_hashes text[], reason text, topics text[], classes text[], sender text,
  contact_id text, source text, at timestamptz)
where not exists (
  select from suppressions o
  where o.lifted_at is null and (o.source = s.source or o.source not like 'merge %%') and o.channel = s.channel and o.reason = s.reason
    and o.topics is not distinct from s.topics and o.sender is not distinct from s.sender
    and (o.address_hash = any(s.known_hashes) or (o.address_hash is null and o.contact_id = s.contact_id)))

-- name: lift
update suppressions s set lifted_at = %(now)s, lifted_seq = nextval('event_seq')
from json_to_recordset(%(rows)s) as l (
  channel text, reasons text[], hashes text[], contact_id text, sender text, topic text)
where s.lifted_at is null and s.channel = l.channel and (s.reason = any(l.reasons) or l.topic is not null)
  and (s.address_hash = any(l.hashes) or (s.topics is not null and s.contact_id = l.contact_id))
  and (l.sender is null or s.sender is null or s.sender = l.sender)
  and (l.topic is null or (s.topics is not null and l.topic = any(s.topics)))
