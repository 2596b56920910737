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
insert into imports (file, hash, source, actor, silent, started_at)
values (%(file)s, %(hash)s, %(source)s, %(actor)s, %(silent)s, %(now)s)
returning *

-- name: copy
copy import_rows (import_id, line, contact_id, created_at, attributes, identities, consents, as_of) from stdin

-- name: staged
update imports set staged_at = %(now)s, lines = (select count(*) from import_rows where import_id = %(import)s)
where id = %(import)s
returning *

-- name: next_lines
-- The last line of the next batch; null when there is none.
select max(line) as last from (
  select line from import_rows where import_id = %(import)s and line >= %(first)s order by line limit %(limit)s) b

-- name: told
-- What a batch says beside attributes.
select line, contact_id, identities, consents
from import_rows
where import_id = %(import)s and line between %(first)s and %(last)s
  and (identities is not null or consents is not null)
order by line

-- name: of_winners
-- Who was merged is whom they were merged into.
update import_rows r set contact_id = c.merged_into
from contacts c
where r.import_id = %(import)s and r.line between %(first)s and %(last)s
  and c.id = r.contact_id and c.merged_into is not null

-- name: insert_missing
insert into contacts (id, created_at, updated_at)
select contact_id, coalesce(min(created_at), %(now)s), %(now)s
from import_rows
where import_id = %(import)s and line between %(first)s and %(last)s and line <> all(%(refused)s)
group by contact_id order by contact_id
on conflict (id) do nothing
returning id

-- name: lock
select id from contacts
where id in (
  select contact_id from import_rows
  where import_id = %(import)s and line between %(first)s and %(last)s and line <> all(%(refused)s))
order by id
for update

-- name: erased
select r.line
from import_rows r join contacts c on c.id = r.contact_id
where r.import_id = %(import)s and r.line between %(first)s and %(last)s and c.erased_at is not null
order by r.line

-- name: dated
select exists (
  select from import_rows where import_id = %(import)s and line between %(first)s and %(last)s and as_of is not null) as dated

-- name: settle
-- Facts of locked contacts that are older than what is known, or than what the file itself says, become history; what
-- is left in the rows is the newest. A value that is known already is known since its new date.
with facts as (
  select r.line, r.contact_id, a.key as attribute, nullif(a.value, 'null') as value,
    least(coalesce(r.as_of, %(now)s), %(now)s) as at, r.as_of is not null as dated
  from import_rows r cross join lateral jsonb_each(r.attributes) a
  where r.import_id = %(import)s and r.line between %(first)s and %(last)s and r.line <> all(%(refused)s)
),
ranked as materialized (
  select f.*, k.at as known, k.value as known_value,
    row_number() over (partition by f.contact_id, f.attribute order by f.at desc, f.line desc) as place
  from facts f
  left join lateral (
    select h.at, h.value from attribute_history h
    where h.contact_id = f.contact_id and h.attribute = f.attribute order by h.at desc, h.seq desc limit 1) k on true
),
late as materialized (select * from ranked where place > 1 or (dated and at < known)),
history as (
  insert into attribute_history (contact_id, attribute, value, at, source, recorded_at, in_force)
  select distinct contact_id, attribute, value, at, %(source)s, %(now)s, false
  from late l
  where dated and not exists (
    select from attribute_history a
    where a.contact_id = l.contact_id and a.attribute = l.attribute and a.at = l.at and a.value is not distinct from l.value)
  union all
  select contact_id, attribute, value, at, %(source)s, %(now)s, true
  from ranked where place = 1 and dated and at > known and value is not distinct from known_value
),
names as (select line, array_agg(attribute) as attributes from late group by line)
update import_rows r set attributes = r.attributes - n.attributes
from names n where r.import_id = %(import)s and r.line = n.line

-- name: apply
-- Attributes of locked contacts: those that change, with history, and the events that tell of it.
with fresh as materialized (select unnest(%(created)s::text[]) as id),
given as materialized (
  select contact_id as id, jsonb_merge(attributes order by line) as attributes
  from import_rows
  where import_id = %(import)s and line between %(first)s and %(last)s and line <> all(%(refused)s)
  group by contact_id
),
changed as materialized (
  select c.id, a.key as attribute, c.kept -> a.key as before, nullif(a.value, 'null') as after
  from given g
  join (
    select id, attributes || jsonb_strip_nulls(jsonb_build_object('email', email, 'phone', phone,
      'locale', locale, 'timezone', timezone, 'is_professional', is_professional)) as kept
    from contacts where erased_at is null
  ) c using (id)
  cross join lateral jsonb_each(g.attributes) a
  where nullif(a.value, 'null') is distinct from c.kept -> a.key
),
history as (
  insert into attribute_history (contact_id, attribute, value, at, source, recorded_at)
  select id, attribute, after,
    case when %(dated)s then (
      select least(coalesce(r.as_of, %(now)s), %(now)s) from import_rows r
      where r.import_id = %(import)s and r.line between %(first)s and %(last)s and r.line <> all(%(refused)s)
        and r.contact_id = changed.id and r.attributes ? attribute)
    else %(now)s end,
    %(source)s, %(now)s
  from changed
),
merged as (
  select id, array_agg(attribute) as touched,
    coalesce(jsonb_object_agg(attribute, after) filter (where after is not null), '{}') as set
  from changed group by id
),
written as (
  update contacts c set
    email = case when 'email' = any(touched) then set ->> 'email' else email end,
    phone = case when 'phone' = any(touched) then set ->> 'phone' else phone end,
    locale = case when 'locale' = any(touched) then set ->> 'locale' else locale end,
    timezone = case when 'timezone' = any(touched) then set ->> 'timezone' else timezone end,
    is_professional = case when 'is_professional' = any(touched) then (set ->> 'is_professional')::boolean
      else is_professional end,
    attributes = (c.attributes - touched) || (set - %(columns)s::text[]),
    updated_at = %(now)s
  from merged m where m.id = c.id
),
told as materialized (
  select t.*, nextval('event_seq') as seq
  from (
    select 'created/' || id as id, 'contact.created' as name, id as contact_id,
      jsonb_build_object('source', %(source)s::text) as properties
    from fresh where not %(silent)s
    union all
    select 'changed/' || gen_random_uuid(), 'contact.changed', id,
      jsonb_build_object('attribute', attribute, 'before', before, 'after', after, 'source', %(source)s::text)
    from changed where not %(silent)s and not exists (select from fresh f where f.id = changed.id)
  ) t
),
keys as (
  insert into event_keys (source, id, seq) select 'relance', id, seq from told order by id
  on conflict do nothing
  returning seq
),
stored as (
  insert into events (seq, source, id, name, contact_id, at, properties, recorded_at)
  select seq, 'relance', id, name, contact_id, %(now)s, properties, %(now)s from told join keys using (seq)
),
outbox as (
  insert into routing (seq, at, contact_id, partition)
  select seq, %(now)s, contact_id, hashtext(contact_id) & 15 from told join keys using (seq)
)
select id from merged where not exists (select from fresh f where f.id = merged.id)

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
  from import_rows where import_id = %(import)s and line <> all(%(refused)s)
  group by contact_id
)
select count(*) filter (where c.id is null)::integer as created,
  count(*) filter (where c.id is not null and c.erased_at is null and exists (
    select from jsonb_each(g.attributes) a
    where nullif(a.value, 'null') is distinct from (c.attributes || jsonb_strip_nulls(jsonb_build_object(
      'email', c.email, 'phone', c.phone, 'locale', c.locale, 'timezone', c.timezone,
      'is_professional', c.is_professional))) -> a.key))::integer as changed
from given g left join contacts c using (id)
