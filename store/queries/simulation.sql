-- What a simulation reads of the base: everybody page by page, and what was recorded of their habits.

-- name: extent
-- `number` is above every id in use; `since` is when the first event was recorded.
select
  (select count(*) from contacts where erased_at is null) as people,
  greatest(
    (select coalesce(max(id), 0) from runs),
    (select coalesce(max(id), 0) from messages),
    (select last_value from event_seq)) as number,
  (select recorded_at from events order by seq limit 1) as since

-- name: page
select * from contacts where erased_at is null and id > %(after)s order by id limit %(limit)s

-- name: alone
-- Those who live in no household, like a page of everybody.
select * from contacts
where erased_at is null and id > %(after)s and coalesce(attributes ->> %(attribute)s, '') !~ '\S'
order by id
limit %(limit)s

-- name: parts_of_households
-- The ids of those who live in one, household by household, in parts of about so many that part none of them.
select array_agg(id order by household, id) as ids
from (
  select id, household, (min(place) over (partition by household) - 1) / %(size)s as part
  from (
    select id, attributes ->> %(attribute)s as household,
      row_number() over (order by attributes ->> %(attribute)s, id) as place
    from contacts
    where erased_at is null and attributes ->> %(attribute)s ~ '\S') placed
) parted
group by part
order by part

-- name: runs
select * from runs where contact_id = any(%(contacts)s) order by id

-- name: members
select scenario, look, contact_id from segment_members where contact_id = any(%(contacts)s)

-- name: versions_in_use
select distinct scenario, version from runs where status = 'active'

-- name: last_deeds
select contact_id, max(at) as at from events
where contact_id = any(%(contacts)s) and name = any(%(names)s) and at < %(before)s
group by contact_id

-- name: donors
-- Some people, the same ones at each look.
select id from contacts where erased_at is null and created_at < %(before)s order by md5(id), id limit %(limit)s

-- name: deeds
select contact_id, name, at, properties from events
where contact_id = any(%(contacts)s) and name = any(%(names)s) and at >= %(since)s and at < %(until)s
order by at, seq

-- name: joined
-- Who came into the base by and by. A day on which a twentieth of the base came is the day of a load.
with came as (
  select id, created_at, count(*) over (partition by created_at::date) as that_day
  from contacts
  where erased_at is null and created_at >= %(since)s and created_at < %(until)s
)
select id, created_at from came
where that_day <= greatest(20, (select count(*) from contacts where erased_at is null) / 20)
order by md5(id), id

-- name: sent
-- `may_open` and `may_click` are those that went to people who agree to be tracked.
with tracked as (
  select distinct on (contact_id, channel) contact_id, channel, state from consents
  where topic = 'tracking' order by contact_id, channel, id desc
)
select m.channel, count(*) as sent,
  count(*) filter (where o.state = 'granted') as may_open, count(*) filter (where c.state = 'granted') as may_click
from messages m
left join tracked o on o.contact_id = m.contact_id and o.channel = 'opens'
left join tracked c on c.contact_id = m.contact_id and c.channel = 'clicks'
where m.sent_at >= %(since)s
group by m.channel

-- name: reactions
-- A message counts once for each kind of reaction; a soft bounce is none.
select channel, name, count(*) as messages
from (
  select distinct properties ->> 'channel' as channel, name, contact_id, properties ->> 'run_id',
    properties ->> 'step', properties ->> 'iteration'
  from events
  where at >= %(since)s
    and name in ('message.opened', 'message.clicked', 'message.bounced', 'message.complained')
    and coalesce(properties ->> 'bounce', 'hard') = 'hard') told
group by channel, name

-- name: withdrawals
select properties ->> 'channel' as channel, count(distinct contact_id) as people from events
where name = 'consent.withdrawn' and at >= %(since)s
group by 1

-- name: codes_left
select pool, count(*) as codes from codes where run_id is null group by pool
