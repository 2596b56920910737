-- What one advance of a group does to the database, written by hand for this one scenario: no plan, no facts
-- as values, no decision. Run in one transaction.

-- name: lock
select id from contacts
where id in (select contact_id from runs where group_id = %(group)s and status = 'active' and due_at <= %(now)s)
order by id
for update

-- name: runs
select id, contact_id, position, state from runs
where group_id = %(group)s and status = 'active' and due_at <= %(now)s

-- name: history
select contact_id, name, at, properties from events
where contact_id = any(%(contacts)s) and at >= %(since)s and name = any(%(names)s)

-- name: ledger
select contact_id, channel, class, tags, state, planned_at from messages
where contact_id = any(%(contacts)s) and planned_at >= %(since)s

-- name: consents
select distinct on (contact_id, topic, channel) contact_id, topic, channel, state from consents
where contact_id = any(%(contacts)s)
order by contact_id, topic, channel, id desc

-- name: reserve
insert into messages (run_id, group_id, contact_id, scenario, version, step, iteration, channel, message, topic, class,
  priority, state, planned_at, local_day, expires_at)
select id, group_id, contact_id, scenario, version, 'hello', 0, 'email', 'welcome_hello', 'newsletter', 'marketing',
  60, 'reserved', %(now)s, %(now)s::date, %(now)s::timestamptz + interval '4 days'
from runs where id = any(%(runs)s)

-- name: write
update runs set due_at = null, sequence = sequence + 1, listens_to = '{message.sent,order.placed}'
where id = any(%(runs)s)

-- name: trail
insert into trail (run_id, sequence, line, contact_id, at, what, step, text)
select id, sequence, line, contact_id, %(now)s, 'reserved', 'hello', 'email welcome_hello is reserved'
from runs cross join generate_series(0, 1) as l (line) where id = any(%(runs)s)

-- name: due
select id from messages where group_id = %(group)s and state = 'reserved' and planned_at <= %(now)s
