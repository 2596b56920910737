-- name: lock_contacts
-- Only where a merge was undone is a run somebody else's than its messages.
select * from contacts
where id in (
  select contact_id from messages where id in (select unnest(%(ids)s::bigint[]))
  union all
  select r.contact_id from messages m join runs r on r.id = m.run_id
  where m.id in (select unnest(%(ids)s::bigint[])) and exists (select from merges where undone_at is not null))
order by id
for update

-- name: to_attempt
-- Read under the lock of the contacts. `held`: somebody stopped it; `under_way`: its last attempt may go on yet.
-- `offset 0`, and `is not distinct from` below: looked up one by one. What is reserved or attempted has an index of its own,
-- which the planner takes for small where all of it came a moment ago, and would read from end to end.
select m.*,
  exists (select from pauses where kind = 'all')
    or m.scenario in (select name from pauses where kind = 'scenario')
    or m.channel in (select name from pauses where kind = 'channel') as held,
  m.state = 'attempted' and m.attempted_at > %(since)s as under_way
from unnest(%(ids)s::bigint[]) as w (id)
cross join lateral (select * from messages where id = w.id offset 0) m
where m.planned_at <= %(now)s
  and (m.state = 'reserved' or (m.state = 'attempted' and m.class = any(%(again)s)))
order by m.id

-- name: attempt
update messages m set
  state = 'attempted', attempt_id = a.attempt_id, attempted_at = %(now)s,
  attempt_seq = nextval('event_seq'), local_day = a.local_day,
  content_hash = a.content_hash, household = a.household
from json_to_recordset(%(rows)s) as a (id bigint, attempt_id uuid, local_day date, content_hash text, household text)
where m.id = a.id

-- name: give_back
-- Nothing was sent: the message keeps its place and waits for another attempt, if its run still does, and on the version
-- that it is of: who was moved meanwhile asks for it anew. It is for whom its run is for: a merge may have been undone.
update messages m set state = 'reserved', attempt_id = null, attempted_at = null,
  contact_id = coalesce((select r.contact_id from runs r where r.id = m.run_id), m.contact_id)
from unnest(%(ids)s::bigint[], %(attempts)s::uuid[]) as a (id, attempt_id)
where m.id = a.id and m.attempt_id = a.attempt_id and m.state is not distinct from 'attempted'
returning m.id, (select r.version = m.version from runs r where r.id = m.run_id and r.status = 'active') as stands

-- name: sent
-- A report of the provider may have come first, and its state is the later one.
update messages m set
  state = case when m.state = 'attempted' then 'sent' else m.state end,
  sent_at = coalesce(m.sent_at, %(now)s),
  provider = coalesce(m.provider, s.provider), provider_id = coalesce(m.provider_id, s.provider_id)
from json_to_recordset(%(rows)s) as s (id bigint, attempt_id uuid, provider text, provider_id text)
where m.id = s.id and m.attempt_id = s.attempt_id
returning m.id, m.uid::text as uid, m.provider_id, m.run_id, m.contact_id, m.scenario, m.step, m.iteration, m.channel,
  m.topic, m.class, m.tags, m.state, m.sent_at, m.sender

-- name: make_due
-- The workflow that delivers looks at its runs again by itself, so it needs no poke.
update runs set due_at = %(now)s
where id in (select unnest(%(runs)s::bigint[])) and status is not distinct from 'active' and (due_at is null or due_at > %(now)s)

-- name: unsettled
select id, contact_id, run_id, class from messages
where state = 'attempted' and attempted_at < %(before)s
order by attempted_at
limit %(limit)s

-- name: settle_unknown
update messages m set
  state = case when class = any(%(again)s) then 'reserved' else 'unknown' end,
  settled_at = case when class = any(%(again)s) then null else %(now)s::timestamptz end,
  contact_id = case
    when class = any(%(again)s) then coalesce((select r.contact_id from runs r where r.id = run_id), contact_id)
    else contact_id end
where id in (select unnest(%(ids)s::bigint[])) and state is not distinct from 'attempted' and attempted_at < %(before)s
returning id, run_id,
  state <> 'reserved' or (select r.version = m.version from runs r where r.id = m.run_id and r.status = 'active') as stands
