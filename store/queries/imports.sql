-- name: claim
-- One import at a time: until it is let go, or the process that had it is gone.
select pg_try_advisory_lock(hashtext('relance import')) as free

-- name: let_go
select pg_advisory_unlock(hashtext('relance import'))

-- name: under_way
select file, actor, started_at from imports where finished_at is null order by id desc limit 1

-- name: resumable
-- Begun with the same file, read to its end, and of which all rows are still there.
select i.* from imports i
where i.finished_at is null and i.staged_at is not null and i.hash = %(hash)s and i.source = %(source)s
  and i.lines = (select count(*) from import_rows r where r.import_id = i.id)
order by i.id desc limit 1

-- name: forget_unfinished
with gone as (delete from imports where finished_at is null and id <> %(keep)s returning id)
delete from import_rows where import_id in (select id from gone)

-- name: begin
insert into imports (file, hash, catalog, source, actor, silent, started_at)
values (%(file)s, %(hash)s, %(catalog)s, %(source)s, %(actor)s, %(silent)s, %(now)s)
returning *

-- name: copy
copy import_rows (import_id, line, contact_id, created_at, attributes, identities, consents, as_of, plain) from stdin

-- name: staged
update imports set staged_at = %(now)s, lines = (select count(*) from import_rows where import_id = %(import)s)
where id = %(import)s
returning *

-- name: measure
-- Without figures, plans would take a batch for five rows, and compare each row with each.
analyze import_rows

-- name: next_lines
-- The last line of the next batch; null when there is none.
select max(line) as last from (
  select line from import_rows where import_id = %(import)s and line >= %(first)s order by line limit %(limit)s) b

-- name: advanced
update imports set next_line = %(next)s, created = created + %(created)s, changed = changed + %(changed)s
where id = %(import)s
returning *

-- name: finish
with gone as (delete from import_rows where import_id = %(import)s)
update imports set finished_at = %(now)s where id = %(import)s
returning *

-- name: preview
-- What an import would do, without doing it: people it would create, and known ones it would change.
with given as materialized (
  select contact_id as id, jsonb_merge(attributes order by line) as attributes
  from import_rows where import_id = %(import)s and line not in (select unnest(%(refused)s::integer[]))
  group by contact_id
)
select count(*) filter (where c.id is null)::integer as created,
  count(*) filter (where c.id is not null and c.erased_at is null and exists (
    select from jsonb_each(g.attributes) a
    where nullif(a.value, 'null') is distinct from (
      -- use: import_batches.present
    ) -> a.key))::integer as changed
from given g left join contacts c using (id)
