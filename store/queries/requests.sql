-- name: claim
-- Put off before they are tried, and committed so: nobody else takes them meanwhile, and nothing is lost with us.
with free as (
  select q.id
  from requests q
  join runs r on r.id = q.run_id
  where q.state = 'open' and q.next_at <= %(now)s and q.until > %(now)s and r.status = 'active'
    and not exists (
      select 1 from pauses p
      where p.kind = 'all' or (p.kind = 'scenario' and p.name = r.scenario))
    -- Who has still to heed a version that takes everybody over asks by that one, if at all.
    and not exists (
      select from edits e
      where e.scenario = r.scenario and e.version > greatest(r.version, r.heeded) and e.rule <> 'move_finish'
        and e.called_off_at is null)
  order by q.next_at, q.id
  limit %(limit)s
  for update of q skip locked
)
update requests q set tries = q.tries + 1, next_at = %(again_at)s
from free, runs r
where q.id = free.id and r.id = q.run_id
returning q.id, q.run_id, r.contact_id, q.webhook, q.body, q.key::text as key, q.until, q.tries

-- name: put_off
update requests set next_at = %(at)s where id = %(id)s and state = 'open'

-- name: settle
-- What comes after the run has ended, by an erasure among others, is not kept.
update requests q set
  state = case when r.status = 'active' then %(state)s else 'dropped' end,
  answer = case when r.status = 'active' then %(answer)s::jsonb end,
  settled_at = %(now)s
from runs r
where q.id = %(id)s and q.state = 'open' and r.id = q.run_id
returning q.run_id, q.state

-- name: call_off
-- Not kept: a later version may have a call in its place again.
delete from requests where run_id = any(%(runs)s) and state = 'open'

-- name: drop_late
-- Nobody waits for these any more.
update requests q set state = 'dropped', settled_at = %(now)s
where q.id in (
  select o.id from requests o join runs r on r.id = o.run_id
  where o.state = 'open' and (o.until <= %(now)s or r.status <> 'active') and o.next_at <= %(now)s
  order by o.id
  limit %(limit)s
  for update of o skip locked)
