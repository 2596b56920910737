-- name: put
insert into reaches (event_seq, event_at, scenario, trigger)
select * from unnest(%(seqs)s::bigint[], %(ats)s::timestamptz[], %(scenarios)s::text[], %(triggers)s::smallint[])
on conflict do nothing

-- name: take
-- Held by one worker until its page is committed.
select event_seq, event_at, scenario, trigger, cursor from reaches
order by event_seq, scenario, trigger
limit 1
for update skip locked

-- name: hold_object
-- Nothing else about the object is routed meanwhile. As `append` in events.sql finds the partition.
select partition from router_partitions where partition = hashtext(coalesce(%(about)s, '')) & 15 for update

-- name: event
select seq, name, about, at, properties, recorded_at from events where seq = %(seq)s and at = %(at)s

-- name: go_on
update reaches set cursor = %(cursor)s
where event_seq = %(event_seq)s and scenario = %(scenario)s and trigger = %(trigger)s

-- name: finish
delete from reaches where event_seq = %(event_seq)s and scenario = %(scenario)s and trigger = %(trigger)s

-- name: catch_up
-- What happened between the event and the entry, and was routed before there was a run to hear of it.
insert into wakes (run_id, event_seq, event_at)
select r.id, e.seq, e.at
from runs r
join events e on e.contact_id = r.contact_id and e.name = any(r.listens_to)
where r.id = any(%(runs)s) and r.status is not distinct from 'active' and e.at >= %(since)s and e.seq > %(seq)s
union all
select r.id, e.seq, e.at
from events e
join runs r on r.listens_to @> array[e.name]
where r.id = any(%(runs)s) and r.status is not distinct from 'active' and e.at >= %(since)s and e.seq > %(seq)s
  and e.about = %(about)s
  and e.name = any(array(select distinct unnest(listens_to) from runs where id = any(%(runs)s)))
on conflict do nothing
