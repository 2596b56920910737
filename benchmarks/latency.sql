-- name: first_messages
-- Seconds from an event's commitment to the outcome of the first message.
select count(*) as people,
  percentile_cont(0.5) within group (order by seconds) as p50,
  percentile_cont(0.95) within group (order by seconds) as p95
from (
  select extract(epoch from m.sent_at - e.recorded_at)::float as seconds
  from messages m
  join events e on e.contact_id = m.contact_id and e.name = 'contact.subscribed'
  where m.contact_id = any(%(contacts)s) and m.step = 'hello' and m.sent_at is not null) s

-- name: waits
-- Seconds from the instant at which a wait is over to the outcome of the message after it.
select count(*) as people, percentile_cont(0.95) within group (order by seconds) as p95
from (
  select extract(epoch from m.sent_at - (t.data ->> 'until')::timestamptz)::float as seconds
  from messages m
  join trail t on t.run_id = m.run_id and t.what = 'waiting'
  where m.contact_id = any(%(contacts)s) and m.step <> 'hello' and m.sent_at is not null) s

-- name: all_waits
-- Seconds from the first instant that was waited for to the last message.
select count(*) as people, extract(epoch from max(m.sent_at) - min((t.data ->> 'until')::timestamptz))::float as last
from messages m
join trail t on t.run_id = m.run_id and t.what = 'waiting'
where m.contact_id = any(%(contacts)s) and m.scenario = 'together' and m.sent_at is not null
