-- Each gives the columns that `engine.exports.tables` names. `since` is included, `until` is not.

-- name: contacts
select c.* from contacts c
where c.erased_at is null and (%(ids)s::text[] is null or c.id = any(%(ids)s))
  and (%(since)s::timestamptz is null or c.created_at >= %(since)s)
  and (%(until)s::timestamptz is null or c.created_at < %(until)s)
order by c.id

-- name: events
select source, id, name, contact_id as contact, about, at, recorded_at, properties
from events
where (%(ids)s::text[] is null or contact_id = any(%(ids)s))
  and (%(since)s::timestamptz is null or at >= %(since)s) and (%(until)s::timestamptz is null or at < %(until)s)
order by seq

-- name: messages
select uid::text as id, contact_id as contact, scenario, version, step, iteration, channel, message, topic, class,
  tags, priority, state, planned_at, sent_at, settled_at, provider, provider_id, reason
from messages
where (%(ids)s::text[] is null or contact_id = any(%(ids)s))
  and (%(since)s::timestamptz is null or planned_at >= %(since)s)
  and (%(until)s::timestamptz is null or planned_at < %(until)s)
order by messages.id

-- name: consents
select contact_id as contact, topic, channel, state, basis, text_version, source, at, recorded_at, proof
from consents
where (%(ids)s::text[] is null or contact_id = any(%(ids)s))
  and (%(since)s::timestamptz is null or at >= %(since)s) and (%(until)s::timestamptz is null or at < %(until)s)
order by consents.id

-- name: wait_at_most
select set_config('idle_in_transaction_session_timeout', %(patience)s, true)
