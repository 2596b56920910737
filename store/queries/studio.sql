-- name: standing
-- Active runs at each step of each scenario.
select scenario, position, count(*) as people
from runs where status = 'active' and position is not null
group by scenario, position;

-- name: totals
select scenario,
       count(*) as entered,
       count(*) filter (where status = 'ended') as ended,
       count(*) filter (where goal_at is not null) as goals
from runs group by scenario;

-- name: sent
select scenario, step, count(*) as messages
from messages where state in ('sent', 'delivered', 'unknown')
group by scenario, step;

-- name: overview
select (select count(*) from contacts where erased_at is null) as people,
       (select count(*) from runs where status = 'active') as active,
       (select count(*) from messages where state in ('sent', 'delivered', 'unknown')) as sent,
       (select count(*) from messages where state in ('reserved', 'attempted')) as reserved,
       (select coalesce(max(id), 0) from messages where sent_at is not null) as newest,
       (select count(*) from runs where goal_at is not null) as goals,
       (select max(sent_at) from messages where sent_at is not null) as newest_at;

-- name: last_messages
select m.uid::text as uid, m.contact_id, m.scenario, m.version, m.step, m.channel, m.message, m.state,
       coalesce(m.sent_at, m.planned_at) as at
from messages m
where m.sent_at is not null and (%(scenario)s::text is null or m.scenario = %(scenario)s)
order by m.sent_at desc limit %(limit)s;

-- name: messages
select m.*, m.uid::text as uid
from unnest(%(uids)s::uuid[]) with ordinality as asked (uid, n) join messages m using (uid)
order by asked.n;

-- name: people_at
select r.contact_id, r.entered_at, r.due_at, r.version
from runs r
where r.scenario = %(scenario)s and r.status = 'active' and r.position = %(step)s
order by r.due_at nulls last, r.id limit %(limit)s;

-- name: find_contacts
-- Runs are counted once for all: for each of those found takes seconds where everybody is.
select id, email, phone, locale, attributes ->> 'first_name' as first_name,
       attributes ->> 'last_name' as last_name, created_at, coalesce(u.active, 0) as active
from contacts
left join (select contact_id, count(*) as active from runs where status = 'active' group by contact_id) u
  on u.contact_id = contacts.id
where erased_at is null
  and (%(part)s::text is null or id ilike %(part)s or email ilike %(part)s or phone like %(part)s
       or concat_ws(' ', attributes ->> 'first_name', attributes ->> 'last_name') ilike %(part)s)
order by active desc, updated_at desc, id limit %(limit)s;

-- name: find_contacts_whole
select id, email, phone, locale, attributes ->> 'first_name' as first_name,
       attributes ->> 'last_name' as last_name, created_at, coalesce(u.active, 0) as active
from contacts
left join (select contact_id, count(*) as active from runs where status = 'active' group by contact_id) u
  on u.contact_id = contacts.id
where erased_at is null
  and (%(part)s::text is null or id ilike %(part)s or lower(email) = lower(%(whole)s) or phone = %(whole)s)
order by active desc, updated_at desc, id limit %(limit)s;

-- name: contact
select id, email, phone, locale, timezone, is_professional, attributes, created_at, updated_at, erased_at
from contacts where id = %(contact)s;

-- name: contact_consents
select distinct on (topic, channel) topic, channel, state, basis, text_version, source, at
from consents where contact_id = %(contact)s
order by topic, channel, id desc;

-- name: contact_blocks
select channel, reason, topics, sender, at from suppressions
where (contact_id = %(contact)s or address_hash = any(%(hashes)s)) and lifted_at is null
order by at desc;

-- name: contact_runs
select r.id, r.scenario, r.version, r.key, r.status, r.position, r.due_at, r.entered_at, r.ended_at,
       r.end_reason, r.goal_at, r.holdout, g.workflow_id, g.size
from runs r join groups g on g.id = r.group_id
where r.contact_id = %(contact)s
order by r.entered_at desc, r.id desc limit 50;

-- name: may_track
select coalesce((
  select state = 'granted' from consents
  where contact_id = %(contact)s and topic = 'tracking' and channel = %(what)s
  order by id desc limit 1
), false) as agreed;
