-- name: kept
-- No statement of its own: writes the events of a relation `input` that are `known`, once each by (source, id), and puts
-- those that somebody may hear in the outbox.
keys as (
  insert into event_keys (source, id, seq)
  select source, id, seq from input where known order by source, id, seq
  on conflict do nothing
  returning seq
),
fresh as (
  insert into events (seq, source, id, name, contact_id, about, at, properties, recorded_at)
  select seq, source, id, name, contact_id, about, at, coalesce(properties, '{}'), %(now)s
  from input join keys using (seq)
),
outbox as (
  insert into routing (seq, at, contact_id, partition)
  select seq, at, contact_id, hashtext(coalesce(contact_id, about, '')) & 15 from input join keys using (seq)
  where name <> all(%(unheard)s::text[])
)

-- name: append
-- Keys are taken in their own order, so that two transactions with the same keys never deadlock, while
-- `seq` follows the order of the input. What has a contact that does not exist is left out; of one who was merged, it
-- happens to whom they were merged into.
with input as materialized (
  select i.*, nextval('event_seq') as seq
  from (
    select i.n, i.source, i.id, i.name, coalesce(c.merged_into, i.contact_id) as contact_id, i.about, i.at, i.properties,
      i.contact_id is null
        or (c.id is not null and case when w.id is null then c.erased_at else w.erased_at end is null) as known
    from json_to_recordset(%(rows)s) as i (
      n integer, source text, id text, name text, contact_id text, about text, at timestamptz, properties jsonb)
    left join contacts c on c.id = i.contact_id
    left join contacts w on w.id = c.merged_into
    order by i.n
  ) i
),
-- use: events.kept
select n, seq, known, keys.seq is not null as fresh from input left join keys using (seq) order by n

-- name: taken
select source, id
from event_keys join unnest(%(sources)s::text[], %(ids)s::text[]) as asked (source, id) using (source, id)

-- name: history
-- The names twice, so that they are looked up with the contact; `until`, so that the months to come are not.
select e.contact_id, e.seq, e.name, e.at, e.properties
from unnest(%(names)s::text[], %(since)s::timestamptz[]) as n (name, since)
join events e on e.name = n.name and e.at >= n.since
where e.contact_id = any(%(contacts)s) and e.name = any(%(names)s) and e.at >= %(oldest)s and e.at < %(until)s
order by e.at, e.seq

-- name: unseen
-- Committed, and not yet brought to these runs: still to be routed, or in their wakes. What other runs of the
-- person have still to look at is not news to one that saw it, or that began after it. What waits under an id that
-- was merged into theirs is theirs. `offset 0`: looked up one by one, whatever the planner believes of tables that are
-- empty one minute and full the next.
with asked as materialized (
  select id as run_id, contact_id, objects <> '{}' or objects_at is distinct from sequence as about_objects
  from runs where id in (select unnest(%(runs)s::bigint[]))
)
select u.run_id, e.contact_id, e.seq, e.name, e.at, e.properties
from (
  select a.run_id, l.seq, l.at from asked a
  cross join lateral (select seq, at from routing r where r.contact_id = a.contact_id offset 0) l
  union
  select a.run_id, s.seq, s.at from asked a join set_aside s on s.contact_id = a.contact_id
  union
  select a.run_id, l.seq, l.at from asked a
  cross join lateral (select id from contacts c where c.merged_into = a.contact_id offset 0) m
  cross join lateral (select seq, at from routing r where r.contact_id = m.id offset 0) l
  union
  select a.run_id, l.seq, l.at from asked a join routing l on l.contact_id is null where a.about_objects
  union
  select w.run_id, w.event_seq, w.event_at from wakes w where w.run_id = any(%(runs)s)
) u
cross join lateral (select * from events v where v.seq = u.seq and v.at = u.at offset 0) e
order by e.at, e.seq

-- name: claim_partitions
-- Those whose first lines are the oldest, of those that no other worker holds.
select p.partition
from router_partitions p
cross join lateral (select min(seq) as first from routing r where r.partition = p.partition) r
where r.first is not null
order by r.first
limit %(limit)s
for update of p skip locked

-- name: take_lines
with taken as (
  delete from routing
  where seq in (
    select l.seq
    from unnest(%(partitions)s::smallint[]) as p (partition)
    cross join lateral (
      select seq from routing r where r.partition = p.partition order by seq limit %(limit)s) l
    order by l.seq
    limit %(limit)s)
  returning seq, at
)
select e.seq, e.source, e.name, e.contact_id, e.about, e.at, e.properties, e.recorded_at
from taken t
join events e on e.seq = t.seq and e.at = t.at
order by e.seq

-- name: send_home
-- Lines of contacts who were merged, taken while that was done: they wait where those of the winner do.
with moved as (
  update events e set contact_id = c.merged_into
  from contacts c
  where (e.seq, e.at) in (select * from unnest(%(seqs)s::bigint[], %(ats)s::timestamptz[]))
    and c.id = e.contact_id and c.merged_into is not null
  returning e.seq
)
insert into routing (seq, at, contact_id, partition)
select l.seq, l.at, c.merged_into, hashtext(c.merged_into) & 15
from unnest(%(seqs)s::bigint[], %(ats)s::timestamptz[], %(contacts)s::text[]) as l (seq, at, contact_id)
join contacts c on c.id = l.contact_id and c.merged_into is not null
where (select count(*) from moved) >= 0
returning seq

-- name: next_line
select seq from routing where partition = any(%(partitions)s::smallint[]) order by seq limit 1

-- name: set_aside
with taken as (delete from routing where seq = %(seq)s returning seq, at, contact_id, partition)
insert into set_aside (seq, at, contact_id, partition, since, error)
select seq, at, contact_id, partition, %(now)s, %(error)s from taken

-- name: take_up
with taken as (
  delete from set_aside
  where seq in (select seq from set_aside where since <= %(before)s order by seq limit %(limit)s for update skip locked)
  returning seq, at, contact_id, partition
)
insert into routing (seq, at, contact_id, partition) select seq, at, contact_id, partition from taken
