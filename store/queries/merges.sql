-- name: winners
select id, merged_into from contacts where merged_into is not null and id in (select unnest(%(ids)s::text[]))

-- name: lock
-- The two, and those that were merged into the loser before and now go where it goes.
select * from contacts where id in (%(winner)s, %(loser)s) or merged_into = %(loser)s order by id for update

-- name: movable
-- Tables with rows about contacts, and by what a row of each is known; partitions are reached through their parent.
select c.relname as name, array_agg(k.attname::text order by k.attnum) as key
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attname = 'contact_id' and not a.attisdropped
join pg_index i on i.indrelid = c.oid and i.indisprimary
join pg_attribute k on k.attrelid = c.oid and k.attnum = any(i.indkey)
where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
group by c.relname
order by c.relname

-- name: rivals
-- Active runs of which only one may be: of each scenario and key the older goes on.
select r.*, o.id as stays
from runs r
join runs o on o.scenario = r.scenario and coalesce(o.key, '') = coalesce(r.key, '') and o.id <> r.id
  and o.contact_id in (%(winner)s, %(loser)s) and o.status = 'active' and not o.parallel
where r.contact_id in (%(winner)s, %(loser)s) and r.status = 'active' and not r.parallel
  and (r.entered_at, r.id) > (o.entered_at, o.id)
order by r.id

-- name: as_json
select to_jsonb(r) as run from runs r where id = any(%(ids)s) order by id

-- name: runs_of_both
select id, scenario, key, contact_id, status, position, end_reason from runs
where contact_id in (%(winner)s, %(loser)s)
order by scenario, id

-- name: stop_twins
-- Of an occurrence that both entered, the loser's run forgets the name, which only one may have.
with twins as (
  select r.id, r.occurrence from runs r
  where r.contact_id = %(loser)s and exists (
    select from runs o
    where o.contact_id = %(winner)s and o.scenario = r.scenario and o.occurrence = r.occurrence)
)
update runs r set occurrence = null from twins t where r.id = t.id
returning t.id, t.occurrence

-- name: drop_segments
-- Where both are in a segment, one place remains.
delete from segment_members l using segment_members w
where l.contact_id = %(loser)s and w.contact_id = %(winner)s and (l.scenario, l.look) = (w.scenario, w.look)
returning to_jsonb(l) as row

-- name: copy_consents
-- The ledger stays as it was said. What the loser said holds of the winner where nothing is known of them, and
-- where it is the stricter; also where an earlier merge says so of them, which may be undone.
with held as (
  select distinct on (contact_id, topic, channel) * from consents
  where contact_id in (%(winner)s, %(loser)s)
  order by contact_id, topic, channel, id desc
)
insert into consents (contact_id, topic, channel, state, basis, text_version, proof, source, at, recorded_at)
select %(winner)s, l.topic, l.channel, l.state, l.basis, l.text_version, l.proof, %(source)s,
  greatest(l.at, w.at), %(now)s
from held l
left join held w on w.contact_id = %(winner)s and (w.topic, w.channel) = (l.topic, l.channel)
where l.contact_id = %(loser)s and (w.id is null or (l.state = 'withdrawn' and (w.state = 'granted' or w.source like 'merge %%')))
order by l.id

-- name: consents_of_both
select contact_id, topic, channel, state from (
  select distinct on (contact_id, topic, channel) * from consents
  where contact_id in (%(winner)s, %(loser)s)
  order by contact_id, topic, channel, id desc
) held
order by topic, channel

-- name: may_give
-- The ledger is append only: who gives a line to somebody else says so for the transaction.
select set_config('relance.ledger', 'merge', true)

-- name: return_consents
-- What the merge said of the winner is said of the loser, of whom it was true.
update consents set contact_id = %(loser)s where contact_id = %(winner)s and source = %(source)s

-- name: object_for_both
-- Nobody knows by which of the two's mails the one person that they were objected meanwhile: it holds for both.
with held as (
  select distinct on (contact_id, topic, channel) * from consents
  where contact_id in (%(winner)s, %(loser)s)
  order by contact_id, topic, channel, id desc
)
insert into consents (contact_id, topic, channel, state, basis, text_version, proof, source, at, recorded_at)
select %(loser)s, w.topic, w.channel, w.state, w.basis, w.text_version, w.proof, w.source, w.at, %(now)s
from held w
left join held l on l.contact_id = %(loser)s and (l.topic, l.channel) = (w.topic, w.channel)
where w.contact_id = %(winner)s and w.state = 'withdrawn' and w.source not like 'merge %%' and w.recorded_at >= %(merged_at)s
  and l.state is distinct from 'withdrawn'
order by w.id

-- name: copy_values
-- The loser's values where the winner has none, at the date that they have; at the merge where the winner's own
-- value went later.
with latest as (
  select distinct on (contact_id, attribute) * from attribute_history
  where contact_id in (%(winner)s, %(loser)s) and attribute = any(%(names)s)
  order by contact_id, attribute, at desc, seq desc
)
insert into attribute_history (contact_id, attribute, value, at, source, recorded_at)
select %(winner)s, n.name, %(values)s::jsonb -> n.name,
  case when l.at > coalesce(w.at, '-infinity') then l.at else %(now)s end, coalesce(l.source, %(source)s), %(now)s
from unnest(%(names)s::text[]) as n (name)
left join latest l on l.contact_id = %(loser)s and l.attribute = n.name
left join latest w on w.contact_id = %(winner)s and w.attribute = n.name
returning seq

-- name: said_since
select distinct attribute from attribute_history
where contact_id = %(winner)s and attribute = any(%(names)s)
  and seq > (select max(seq) from unnest(%(seqs)s::bigint[]) as filled (seq))

-- name: remove_values
delete from attribute_history where contact_id = %(winner)s and seq = any(%(seqs)s)

-- name: counted
-- Messages that limits count, of the last 30 days.
select count(*) filter (where contact_id = %(winner)s) as winner, count(*) filter (where contact_id = %(loser)s) as loser
from messages
where contact_id in (%(winner)s, %(loser)s) and state not in ('released', 'withheld', 'refused')
  and coalesce(sent_at, planned_at) > %(now)s - interval '30 days'

-- name: codes
select count(*) as codes from codes c join runs r on r.id = c.run_id where r.contact_id = %(loser)s

-- name: begin
insert into merges (winner_id, loser_id, at, actor) values (%(winner)s, %(loser)s, %(now)s, %(actor)s) returning id

-- name: remember
update merges set data = %(rows)s::jsonb -> 0 where id = %(id)s

-- name: bury
update contacts set
  email = null, phone = null, locale = null, timezone = null, is_professional = null, attributes = '{}',
  updated_at = %(now)s, erased_at = case when id = %(loser)s then %(now)s else erased_at end, merged_into = %(winner)s
where id = %(loser)s or merged_into = %(loser)s
returning id

-- name: merge
select id, winner_id, loser_id, at, actor, data, undone_at, seq from merges where id = %(id)s

-- name: of_contact
select id, winner_id, loser_id, at, actor, undone_at, data -> 'told' as told from merges
where winner_id = %(contact)s or loser_id = %(contact)s
order by id

-- name: lock_undoing
select * from contacts where id in (%(winner)s, %(loser)s) or id = any(%(tombstones)s) order by id for update

-- name: later
-- A merge that rests on this one and must be undone first.
select id, winner_id from merges where loser_id = %(winner)s and undone_at is null and id > %(id)s order by id limit 1

-- name: unbury
update contacts set
  email = l.email, phone = l.phone, locale = l.locale, timezone = l.timezone, is_professional = l.is_professional,
  attributes = l.attributes, updated_at = %(now)s, erased_at = null, merged_into = null
from json_populate_recordset(null::contacts, %(row)s) l
where contacts.id = l.id

-- name: give_tombstones
update contacts set merged_into = %(loser)s where id = any(%(tombstones)s) and merged_into = %(winner)s

-- name: restore_segments
insert into segment_members select * from json_populate_recordset(null::segment_members, %(rows)s) on conflict do nothing

-- name: restore_occurrences
update runs r set occurrence = o.occurrence
from json_to_recordset(%(rows)s) as o (id bigint, occurrence text)
where r.id = o.id and r.occurrence is null

-- name: left_since
select id from messages
where id in (select unnest(%(ids)s::bigint[])) and attempt_seq > %(seq)s and state not in ('reserved', 'released', 'withheld')

-- name: follow_runs
-- Messages that have not left follow their run.
update messages m set contact_id = r.contact_id
from runs r
where r.id = m.run_id and m.contact_id = %(winner)s and r.contact_id = %(loser)s
  and m.state in ('reserved', 'released', 'withheld')

-- name: revive
-- Runs that ended so that one went on: each goes on where it was, unless another took its place meanwhile.
update runs r set
  status = 'active', position = w.position, due_at = %(now)s, listens_to = w.listens_to, objects = w.objects,
  objects_at = r.sequence + 1, sequence = r.sequence + 1, ended_at = null, end_reason = null
from json_populate_recordset(null::runs, %(rows)s) w
where r.id = w.id and r.end_reason = %(reason)s and not exists (
  select from runs o
  where o.contact_id = r.contact_id and o.scenario = r.scenario and coalesce(o.key, '') = coalesce(r.key, '')
    and o.status = 'active' and not o.parallel)
returning r.id, r.contact_id, r.group_id, r.sequence

-- name: reopen_groups
update groups set ended_at = null where id = any(%(groups)s)

-- name: lift
update suppressions set lifted_at = %(now)s, lifted_seq = nextval('event_seq')
where source = %(source)s and lifted_at is null

-- name: rehome_lines
-- Events that were moved and are not routed yet. Those that a worker holds right now it sends home itself.
update routing q set contact_id = e.contact_id, partition = hashtext(e.contact_id) & 15
from events e
where q.seq in (select seq from routing where contact_id in (%(winner)s, %(loser)s) for update skip locked)
  and e.seq = q.seq and e.at = q.at and e.contact_id is distinct from q.contact_id

-- name: undone
update merges set undone_at = %(now)s, data = jsonb_build_object('told', data -> 'told') where id = %(id)s

-- name: came
select id from contacts where merged_into = any(%(contacts)s) order by id

-- name: as_they_were
select m.data -> 'loser' as row
from contacts c join merges m on m.loser_id = c.id and m.undone_at is null and m.data ? 'loser'
where c.merged_into = any(%(contacts)s)
order by m.id

-- name: close
-- Of a merge that cannot be undone any more, only what was told of it stays, and the addresses that an erasure blocks.
update merges set data = jsonb_build_object('told', data -> 'told', 'loser', jsonb_build_object(
  'id', loser_id, 'email', data -> 'loser' -> 'email', 'phone', data -> 'loser' -> 'phone'))
where at < %(before)s and data ? 'rows'
