-- name: tables
-- All that hold rows, partitions one by one.
select c.relname as name from pg_class c
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
order by 1

-- name: contacts
-- Who somebody is, with whoever was merged into them; nobody whose data is gone already.
select c.*, array(select i.value from identities i where i.contact_id = c.id) as identities
from contacts c
where (c.id = %(contact)s or c.merged_into = %(contact)s) and c.erased_at is null

-- name: shared
-- Words that say something about others, too: those who have each in a value of their own.
select w.word, count(*) as others
from contacts c cross join unnest(%(words)s::text[]) w(word)
where not c.id = any(%(contacts)s) and position(w.word in lower(c::text)) > 0
group by 1

-- name: workflows
select distinct g.workflow_id
from groups g join runs r on r.group_id = g.id
where r.contact_id = any(%(contacts)s)
order by 1
