-- name: reserve
-- What was released may be reserved again; what has left never is.
insert into messages (
  run_id, group_id, contact_id, scenario, version, step, iteration, channel, message, topic, class, tags, priority,
  exempt, sender, variables, state, planned_at, local_day, expires_at, first_refused_at, place_until, household)
select run_id, group_id, contact_id, scenario, version, step, iteration, channel, message, topic, class, tags, priority,
  exempt, sender, variables, state, planned_at, local_day, expires_at, first_refused_at, place_until, household
from json_to_recordset(%(rows)s) as m (
  run_id bigint, group_id bigint, contact_id text, scenario text, version integer, step text, iteration integer,
  channel text, message text, topic text, class text, tags text[], priority smallint, exempt boolean, sender text,
  variables jsonb, state text, planned_at timestamptz, local_day date, expires_at timestamptz,
  first_refused_at timestamptz, place_until timestamptz, household text)
order by run_id
on conflict (run_id, step, iteration) do update set
  version = excluded.version, channel = excluded.channel, message = excluded.message, topic = excluded.topic, class = excluded.class,
  tags = excluded.tags, priority = excluded.priority, exempt = excluded.exempt, sender = excluded.sender,
  variables = excluded.variables, state = excluded.state, planned_at = excluded.planned_at,
  local_day = excluded.local_day, expires_at = excluded.expires_at, first_refused_at = excluded.first_refused_at,
  place_until = excluded.place_until, household = excluded.household, reason = null, settled_at = null, attempt_id = null, attempted_at = null
where messages.state in ('reserved', 'released', 'withheld')
returning id, run_id, step, iteration

-- name: ids
select m.id, m.run_id, m.step, m.iteration
from json_to_recordset(%(rows)s) as k (run_id bigint, step text, iteration integer)
join messages m on m.run_id = k.run_id and m.step = k.step and m.iteration = k.iteration

-- name: release
-- The place is free again, and so are its codes. `is not distinct from`, as in attempts.sql: not by the index of all that is
-- reserved.
with released as (
  update messages m set
    state = 'released', reason = r.reason, settled_at = %(now)s,
    first_refused_at = case when r.displaced then coalesce(first_refused_at, %(now)s) else first_refused_at end
  from json_to_recordset(%(rows)s) as r (id bigint, reason text, displaced boolean)
  where m.id = r.id and m.state is not distinct from 'reserved'
  returning m.id, m.run_id, m.contact_id
),
given_back as (
  update codes c set run_id = null, message_id = null, taken_at = null from released r where c.message_id = r.id
)
select id, run_id, contact_id from released order by id

-- name: reserved_of_runs
select id, run_id from messages where run_id = any(%(runs)s) and state is not distinct from 'reserved'

-- name: of_contacts
-- What has its place has it still, however long it was held: who forbids it must find it. Of what a run sent while its
-- person was merged the other one got it, whose limits alone count it: looked for only where a merge was ever undone.
select id, run_id, contact_id, scenario, step, iteration, channel, message, topic, class, tags, priority, state,
  coalesce(sent_at, attempted_at, planned_at) as at, local_day, exempt, expires_at, first_refused_at, place_until, reason,
  household
from messages
where contact_id = any(%(contacts)s)
  and (planned_at >= %(since)s or sent_at >= %(since)s or state = 'reserved' or run_id = any(%(runs)s))
union all
select m.id, m.run_id, r.contact_id, m.scenario, m.step, m.iteration, m.channel, m.message, m.topic, m.class, m.tags,
  m.priority, m.state, coalesce(m.sent_at, m.attempted_at, m.planned_at), m.local_day, true, m.expires_at,
  m.first_refused_at, m.place_until, m.reason, m.household
from messages m join runs r on r.id = m.run_id
where m.run_id = any(%(runs)s) and m.contact_id <> r.contact_id
  and exists (select from merges where undone_at is not null)
order by id

-- name: due
-- The limit is a group's: what is not named to its workflow is delivered by nobody.
select m.id, m.group_id, m.channel, m.message, m.contact_id
from unnest(%(groups)s::bigint[]) as g (id)
cross join lateral (
  select id, group_id, channel, message, contact_id, planned_at from messages
  where group_id = g.id and state = 'reserved' and planned_at <= %(now)s and not channel = any(%(paused)s)
  order by planned_at, id
  limit %(limit)s) m
order by m.planned_at, m.id

-- name: free_pools
-- The next code of each pool, as it would be taken: where one ran dry, all that others have free are not looked through.
select pool from unnest(%(pools)s::text[]) as p (pool)
where (select true from codes c where c.pool = p.pool and c.run_id is null order by c.position limit 1)

-- name: take_codes
-- A run that has a code of the pool keeps it; the others take the next free ones, in order.
with wanted as (
  select * from json_to_recordset(%(rows)s) as w (message_id bigint, run_id bigint, pool text, variable text)
),
missing as (
  select w.*, row_number() over (partition by pool order by message_id) as place from wanted w
  where not exists (select from codes c where c.pool = w.pool and c.run_id = w.run_id)
),
free as (
  select f.pool, f.code, row_number() over (partition by f.pool order by f.position) as place
  from (select pool, count(*) as n from missing group by pool) m
  cross join lateral (
    select c.pool, c.code, c.position from codes c
    where c.pool = m.pool and c.run_id is null
    order by c.position
    limit m.n
    for update skip locked
  ) f
),
taken as (
  update codes c set run_id = m.run_id, message_id = m.message_id, taken_at = %(now)s
  from missing m join free f on f.pool = m.pool and f.place = m.place
  where c.pool = f.pool and c.code = f.code
  returning c.pool, c.run_id, c.code
),
given as (
  select w.message_id, w.variable, coalesce(t.code, c.code) as code
  from wanted w
  left join taken t on t.pool = w.pool and t.run_id = w.run_id
  left join codes c on c.pool = w.pool and c.run_id = w.run_id
),
written as (
  update messages m set variables = m.variables || g.codes
  from (
    select message_id, jsonb_object_agg(variable, code) as codes from given where code is not null group by message_id
  ) g
  where m.id = g.message_id
)
select distinct message_id from given where code is null

-- name: by_reference
select id, uid::text as uid, provider_id, run_id, contact_id, scenario, step, iteration, channel, topic, class, tags,
  state, sent_at, sender
from messages
where uid = any(%(uids)s::uuid[]) or provider_id = any(%(provider_ids)s)

-- name: clicked_since
-- Clicks that are known already, of the people of these messages.
select m.id, e.properties ->> 'link' as link, e.at
from messages m
join events e on e.contact_id = m.contact_id and e.name = 'message.clicked' and e.at >= %(since)s
  and e.properties ->> 'step' = m.step and (e.properties ->> 'run_id')::bigint = m.run_id
  and (e.properties ->> 'iteration')::integer = m.iteration
where m.id = any(%(ids)s)

-- name: last_sent_to
-- What a reply most likely answers.
select distinct on (contact_id) id, contact_id from messages
where contact_id = any(%(contacts)s) and channel = %(channel)s and sent_at is not null
order by contact_id, sent_at desc

-- name: by_ids
select id, uid::text as uid, provider_id, run_id, contact_id, scenario, step, iteration, channel, topic, class, tags,
  state, sent_at, sender, attempt_seq is not null as was_attempted
from messages
where id = any(%(ids)s)

-- name: settle
update messages m set
  state = s.state, settled_at = %(now)s, reason = coalesce(s.reason, m.reason),
  sent_at = case when s.state = 'refused' then m.sent_at else coalesce(m.sent_at, s.at) end,
  provider = coalesce(m.provider, s.provider), provider_id = coalesce(m.provider_id, s.provider_id)
from json_to_recordset(%(rows)s) as s (
  id bigint, state text, reason text, at timestamptz, provider text, provider_id text)
where m.id = s.id

-- name: add_reports
insert into delivery_reports (provider, key, kind, message_id, contact_id, at, reason, raw, recorded_at)
select provider, key, kind, message_id, contact_id, at, reason, coalesce(raw, '{}'), %(now)s
from json_to_recordset(%(rows)s) as r (
  provider text, key text, kind text, message_id bigint, contact_id text, at timestamptz, reason text, raw jsonb)
order by provider, key
on conflict do nothing
returning provider, key
