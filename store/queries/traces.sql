-- name: tables
-- All that hold rows, partitions one by one.
select c.relname as name from pg_class c
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
order by 1

-- name: contacts
-- Who somebody is, and who those were who were merged into them, which the merges still say; nobody whose data is gone
-- already.
with whole as (select coalesce(merged_into, id) as id from contacts where id = %(contact)s)
select c.id, c.email, c.phone, c.attributes, array(select i.value from identities i where i.contact_id = c.id) as identities
from contacts c join whole using (id)
where c.erased_at is null
union all
select l.id, m.data -> 'loser' ->> 'email', m.data -> 'loser' ->> 'phone',
  coalesce(nullif(m.data -> 'loser' -> 'attributes', 'null'), '{}'), '{}'
from whole w join contacts l on l.merged_into = w.id
join merges m on m.loser_id = l.id and m.undone_at is null and m.data ? 'loser'

-- name: shared
-- Words that say something about others, too: those who have each in a value of their own.
with wanted as materialized (
  select distinct word, lower(form) as form from unnest(%(words)s::text[], %(forms)s::text[]) as w (word, form)
)
select w.word, count(distinct c.id) as others
from contacts c
cross join lateral (select lower(string_agg(value::text, ' ')) as said from jsonb_each(to_jsonb(c))) s
join wanted w on position(w.form in s.said) > 0
where not c.id = any(%(contacts)s)
group by 1

-- name: workflows
select distinct g.workflow_id
from groups g join runs r on r.group_id = g.id
where r.contact_id = any(%(contacts)s)
order by 1
