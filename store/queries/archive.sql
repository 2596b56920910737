-- name: tables
-- Those that hold rows about contacts; a partition is read through its parent.
select c.relname as name
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
  and a.attname = 'contact_id' and not a.attisdropped
order by 1

-- name: contacts
select * from contacts where id = any(%(contacts)s)

-- name: suppressions
select * from suppressions where contact_id = any(%(contacts)s) or address_hash = any(%(hashes)s) order by id

-- name: requests
select q.* from requests q join runs r on r.id = q.run_id where r.contact_id = any(%(contacts)s) order by q.id

-- name: codes
select c.* from codes c join runs r on r.id = c.run_id where r.contact_id = any(%(contacts)s)

-- name: merges
select * from merges where winner_id = any(%(contacts)s) or loser_id = any(%(contacts)s) order by id
