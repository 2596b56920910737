-- name: traces
-- By whom messages to people went, under which ids of theirs, and which addresses they ever had there. What a person
-- wrote to us by SMS is a message of Twilio's too, whose id its own words for it hold.
with carried as (
  select contact_id, provider, channel, provider_id as message_id from messages
  where contact_id = any(%(contacts)s) and provider is not null
  union
  select d.contact_id, d.provider, 'sms', d.raw ->> 'MessageSid' from delivery_reports d
  where d.contact_id = any(%(contacts)s) and d.kind = 'replied' and d.raw ? 'MessageSid'
  union
  -- Handed over, and nobody knows yet whether it was taken.
  select contact_id, %(unknown)s, channel, null from messages
  where contact_id = any(%(contacts)s) and provider is null and attempt_seq is not null
    and state in ('attempted', 'unknown', 'reserved')
)
select c.contact_id, c.provider, c.channel,
  coalesce(array_agg(distinct c.message_id) filter (where c.message_id is not null), '{}') as message_ids,
  array(
    select distinct h.value #>> '{}' from attribute_history h
    where h.contact_id = c.contact_id and h.value is not null and jsonb_typeof(h.value) = 'string'
      and h.attribute = case c.channel when 'email' then 'email' else 'phone' end) as addresses
from carried c
group by 1, 2, 3
order by 1, 2, 3

-- name: put
insert into erasures (contact_id, provider, channel, addresses, message_ids, asked_at, next_at)
select contact_id, provider, channel, addresses, message_ids, %(now)s,
  case provider when %(unknown)s then %(later)s else %(now)s end
from json_to_recordset(%(rows)s) as e (
  contact_id text, provider text, channel text, addresses text[], message_ids text[])

-- name: claim
-- Put off before it is tried, and committed so: a worker that dies leaves it to be tried again.
update erasures set tries = tries + 1, next_at = %(again_at)s
where id = (
  select id from erasures where state = 'open' and next_at <= %(now)s
  order by next_at, id limit 1 for update skip locked)
returning id, provider, channel, addresses, message_ids, tries

-- name: put_off
update erasures set next_at = %(at)s, why = %(why)s where id = %(id)s and state = 'open'

-- name: settle
update erasures set state = %(state)s, why = %(why)s, settled_at = %(now)s, addresses = '{}', message_ids = '{}'
where id = %(id)s and state = 'open'

-- name: told
select contact_id, provider, state, why, tries, asked_at, settled_at from erasures order by id desc limit %(limit)s
