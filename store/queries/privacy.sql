-- name: erase
-- The row stays, so that history keeps its sums; nothing in it tells who it was.
update contacts set
  email = null, phone = null, locale = null, timezone = null, is_professional = null, attributes = '{}',
  updated_at = %(now)s, erased_at = %(now)s
where id = any(%(contacts)s)

-- name: forget_history
delete from attribute_history where contact_id = any(%(contacts)s)

-- name: forget_identities
delete from identities where contact_id = any(%(contacts)s)

-- name: forget_trail
delete from trail where contact_id = any(%(contacts)s)

-- name: forget_transitions
delete from transitions where contact_id = any(%(contacts)s)

-- name: blank_events
update events set properties = '{}' where contact_id = any(%(contacts)s) and properties <> '{}'

-- name: blank_messages
-- What a provider said of a refusal may quote the address; with whom they lived counts no more.
update messages set variables = '{}', reason = null, household = null where contact_id = any(%(contacts)s)

-- name: blank_runs
-- Variables and the events that a run keeps; where it is and what it may still be stay.
update runs set state = state - 'trigger_event' - 'item' - 'variables' - 'bound'
where contact_id = any(%(contacts)s)

-- name: blank_reports
update delivery_reports set raw = '{}', reason = null where contact_id = any(%(contacts)s)

-- name: blank_stray_reports
-- Those that came when nobody was known to have the address that they quote.
update delivery_reports d set raw = '{}', reason = null from contacts c
where c.id = any(%(contacts)s) and d.contact_id is null and (d.raw <> '{}' or d.reason is not null)
  and (position(lower(c.email) in lower(d::text)) > 0 or position(right(c.phone, 9) in d::text) > 0)

-- name: blank_requests
update requests q set body = '{}', answer = null from runs r where r.id = q.run_id and r.contact_id = any(%(contacts)s)

-- name: forget_tasks
-- Nobody is asked to do anything about them any more.
delete from tasks where contact_id = any(%(contacts)s) and state <> 'done'

-- name: blank_tasks
-- What came of one is what they said.
update tasks set outcome = '' where contact_id = any(%(contacts)s)

-- name: forget_segments
delete from segment_members where contact_id = any(%(contacts)s)

-- name: forget_refusals
delete from entry_refusals where contact_id = any(%(contacts)s)

-- name: forget_import_rows
-- What a file said of them and is not applied yet.
delete from import_rows where contact_id = any(%(contacts)s)

-- name: open_ledger
-- The ledger of consents is append only, but for this.
select set_config('relance.ledger', 'erasure', true)

-- name: blank_proofs
update consents set proof = '{}' where contact_id = any(%(contacts)s) and proof <> '{}'

-- name: close_ledger
select set_config('relance.ledger', '', true)

-- name: forget_merges
-- What undoing a merge needed, which is who they were.
update merges set data = '{}' where winner_id = any(%(contacts)s) or loser_id = any(%(contacts)s)

-- name: forget_again
insert into forgotten_again (forgotten_id, due_at) select unnest(%(contacts)s::text[]), %(at)s
on conflict (forgotten_id) do update set due_at = excluded.due_at

-- name: due_again
delete from forgotten_again
where forgotten_id in (
  select forgotten_id from forgotten_again where due_at <= %(now)s order by due_at limit %(limit)s for update skip locked)
returning forgotten_id

-- name: audit
insert into audit (at, actor, action, subject) select %(now)s, %(actor)s, 'erase', unnest(%(contacts)s::text[])
