-- What must hold whatever happened, asked of the rows alone and written apart from the code that keeps it.

-- name: over_a_limit
-- People, or `of_household` households, with more than `at_most` messages in `days` days of theirs. Any window that is too full contains
-- one that ends on the day of a message, so these are all that need be looked at.
with counted as (
  select id, case when %(of_household)s then household else contact_id end as whose, local_day from messages
  where state in ('attempted', 'sent', 'delivered', 'unknown', 'reserved') and not exempt
    and (%(channel)s::text is null or channel = %(channel)s)
    and (%(tag)s::text is null or tags @> array[%(tag)s::text])
)
select m.whose, m.local_day, count(*) as messages
from counted m
join counted o on o.whose = m.whose
  and o.local_day between m.local_day - (%(days)s::int - 1) and m.local_day
group by m.id, m.whose, m.local_day
having count(*) > %(at_most)s

-- name: written_after_withdrawal
-- Marketing that was handed over although the person's last word before was no. Both have a number of the
-- same sequence, taken under the lock of the contact, so that there is one order.
select m.id, m.contact_id
from messages m
cross join lateral (
  select e.name from events e
  where e.contact_id = m.contact_id and e.seq < m.attempt_seq
    and e.name in ('consent.granted', 'consent.withdrawn')
    and e.properties ->> 'topic' = m.topic and e.properties ->> 'channel' = m.channel
  order by e.seq desc
  limit 1
) as word
where m.class = 'marketing' and word.name = 'consent.withdrawn'

-- name: written_after_block
select m.id, m.contact_id
from messages m
join suppressions s on s.contact_id = m.contact_id and s.channel = m.channel
where m.attempt_seq > s.seq and m.class = any(s.classes)
  and (s.topics is null or m.topic = any(s.topics))
  and (s.lifted_at is null or m.attempted_at < s.lifted_at)

-- name: outside_hours
-- Messages that were handed over outside the hours of the policy, by the person's clock.
select m.id, m.contact_id
from messages m
join contacts c on c.id = m.contact_id
cross join lateral (select (m.attempted_at at time zone coalesce(c.timezone, %(zone)s)) as local) as t
where m.channel = %(channel)s and m.class <> 'transactional' and m.attempted_at is not null
  and (t.local::time < %(opens)s::time or t.local::time >= %(closes)s::time
       or not (extract(isodow from t.local)::int - 1) = any(%(days)s::int[]))

-- name: sent_twice
-- The same message of the same run under two ids; the provider's side is compared by the caller.
select run_id, step, iteration from messages
where sent_at is not null
group by run_id, step, iteration
having count(*) > 1

-- name: handed_over
select uid::text as uid from messages where sent_at is not null

-- name: left_behind
-- What nobody would ever look at again: unrouted events, unread wakes, unsent pokes, overdue work.
select
  (select count(*) from routing) as unrouted,
  (select count(*) from wakes) as unread_wakes,
  (select count(*) from pokes) as unsent_pokes,
  (select count(*) from runs where status = 'active' and due_at < %(overdue)s) as overdue_runs,
  (select count(*) from messages where state = 'reserved' and planned_at < %(overdue)s) as overdue_messages,
  (select count(*) from runs where status = 'active' and due_at is null and listens_to = '{}'
     and not exists (select from messages m where m.run_id = runs.id and m.state in ('reserved', 'attempted'))
  ) as forgotten_runs

-- name: stored_events
select count(*) as n from events where source = %(source)s
