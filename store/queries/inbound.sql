-- name: note
-- In one order, so that two requests with the same items never wait for each other in a ring.
insert into inbound_items (source, digest, taken_at)
select %(source)s, digest, %(now)s from unnest(%(digests)s::bytea[]) as d (digest) order by digest
on conflict do nothing
returning digest

-- name: forget
delete from inbound_items where source = %(source)s and digest = any(%(digests)s::bytea[])
