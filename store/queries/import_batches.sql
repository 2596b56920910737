-- name: rows
-- No statement of its own: which rows of `import_rows` a batch is about; `lines` null is all from `first` to `last`.
import_id = %(import)s and line between %(first)s and %(last)s
  and (%(lines)s::integer[] is null or line in (select unnest(%(lines)s::integer[])))
  and line not in (select unnest(%(refused)s::integer[]))

-- name: present
-- No statement of its own: all attributes that a contact `c` has as one object, those that are columns too.
(c.attributes || jsonb_strip_nulls(jsonb_build_object('email', c.email, 'phone', c.phone, 'locale', c.locale,
  'timezone', c.timezone, 'is_professional', c.is_professional)))

-- name: of_winners
-- Who was merged is whom they were merged into.
update import_rows r set contact_id = c.merged_into
from contacts c
where r.import_id = %(import)s and r.line between %(first)s and %(last)s
  and c.id = r.contact_id and c.merged_into is not null

-- name: room
-- A batch is sorted and hashed in memory, and planned by how many rows it has: a plan for any number of them takes it for
-- one row, and compares each with each.
select set_config('work_mem', '64MB', true), set_config('plan_cache_mode', 'force_custom_plan', true)

-- name: add_new
-- People who are new and of whom a batch has one row, of which nothing has to be asked, with all that it says: each table
-- is written once. Says how many they are, the `others` (lines), ids elsewhere that were `lost` to somebody who was
-- faster, and the consents that end a block: an address was blocked before it came with somebody new. Events say
-- `import`, by which triggers and segments know what is silent; the history says from which file.
with given as (
  select *, count(*) over (partition by contact_id) as times
  from import_rows
  where
    -- use: import_batches.rows
),
batch as materialized (
  select line, contact_id as id, created_at, attributes, identities, consents,
    least(coalesce(as_of, %(now)s), %(now)s) as at, as_of is not null as dated
  from given where plain and times < 2
),
people as (
  insert into contacts (id, email, phone, locale, timezone, is_professional, attributes, created_at,
    known_at, updated_at)
  select id, attributes ->> 'email', attributes ->> 'phone', attributes ->> 'locale', attributes ->> 'timezone',
    (attributes ->> 'is_professional')::boolean,
    case when attributes @? '$.* ? (@ == null)'
      then (
        select coalesce(jsonb_object_agg(key, value), '{}')
        from jsonb_each(attributes - %(columns)s::text[]) where value <> 'null')
      else attributes - %(columns)s::text[] end,
    coalesce(created_at, %(now)s), %(now)s, %(now)s
  from batch order by id
  on conflict (id) do nothing
  returning id
),
new as materialized (select b.* from people join batch b using (id)),
ids as materialized (select key as kind, value, id from new cross join lateral jsonb_each_text(identities)),
named as (
  insert into identities (kind, value, contact_id) select kind, value, id from ids order by kind, value
  on conflict (kind, value) do nothing
  returning kind
),
history as (
  insert into attribute_history (contact_id, attribute, value, at, source, recorded_at)
  select id, a.key, nullif(a.value, 'null'), at, %(source)s, %(now)s
  from new cross join lateral jsonb_each(attributes) a where dated or a.value <> 'null'
),
said as materialized (
  select n.id, n.line, n.attributes, s.topic, s.channel, s.state, s.basis, s.text, s.proof,
    least(coalesce(s.at, %(now)s), %(now)s) as at
  from new n cross join lateral jsonb_to_recordset(n.consents) as s (
    topic text, channel text, state text, basis text, text text, proof jsonb, at timestamptz)
),
ledger as (
  insert into consents (contact_id, topic, channel, state, basis, text_version, proof, source, at, recorded_at)
  select id, topic, channel, state, basis, text, coalesce(proof, '{}'), %(source)s, at, %(now)s from said
),
input as materialized (
  select 'relance' as source, i.*, null as about, true as known, nextval('event_seq') as seq
  from (
    select 'created/' || id as id, 'contact.created' as name, id as contact_id, %(now)s::timestamptz as at,
      jsonb_build_object('source', 'import') as properties
    from new where not %(silent)s
    union all
    select concat('consent/import ', %(import)s::bigint, '/', line, '/', topic, '/', channel), 'consent.' || state, id, at,
      jsonb_build_object('topic', topic, 'channel', channel, 'source', %(source)s::text)
    from said where topic <> %(untold)s and not %(silent)s
  ) i
),
-- use: events.kept
select (select count(*) from new)::integer as created,
  ((select count(*) from ids) - (select count(*) from named))::integer as lost,
  (select array_agg(line) from given where line not in (select line from new)) as others,
  (
    select jsonb_agg(jsonb_build_array(id, topic, channel, attributes -> 'email', attributes -> 'phone'))
    from said where state = 'granted' and (topic, channel) in (
      select unnest(topics), channel from suppressions where lifted_at is null and topics is not null)) as lifting

-- name: insert_missing
insert into contacts (id, created_at, known_at, updated_at)
select contact_id, coalesce(min(created_at), %(now)s), %(now)s, %(now)s
from import_rows
where
  -- use: import_batches.rows
group by contact_id order by contact_id
on conflict (id) do nothing
returning id

-- name: lock
select id from contacts
where id in (
  select contact_id from import_rows
  where
    -- use: import_batches.rows
)
order by id
for update

-- name: dated
select exists (
  select from import_rows
  where as_of is not null and
    -- use: import_batches.rows
) as dated

-- name: settle
-- Facts of locked contacts that are older than what is known, or than what the file itself says, become history; what
-- is left in the rows is the newest. A value that is known already is known since its new date; so is a dated nothing.
with facts as (
  select r.line, r.contact_id, a.key as attribute, nullif(a.value, 'null') as value,
    least(coalesce(r.as_of, %(now)s), %(now)s) as at, r.as_of is not null as dated
  from import_rows r cross join lateral jsonb_each(r.attributes) a
  where
    -- use: import_batches.rows
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
  from ranked where place = 1 and dated and coalesce(at > known, true) and value is not distinct from known_value
),
names as (select line, array_agg(attribute) as attributes from late group by line)
update import_rows r set attributes = r.attributes - n.attributes
from names n where r.import_id = %(import)s and r.line = n.line

-- name: apply
-- Attributes of locked contacts: those that change, with history, and the events that tell of it.
with created as materialized (select unnest(%(created)s::text[]) as id),
given as materialized (
  select contact_id as id, jsonb_merge(attributes order by line) as attributes
  from import_rows
  where
    -- use: import_batches.rows
  group by contact_id
),
changed as materialized (
  select c.id, a.key as attribute, c.kept -> a.key as before, nullif(a.value, 'null') as after
  from given g
  join (
    select id,
      -- use: import_batches.present
      as kept
    from contacts c where erased_at is null
  ) c using (id)
  cross join lateral jsonb_each(g.attributes) a
  where nullif(a.value, 'null') is distinct from c.kept -> a.key
),
since as materialized (
  select contact_id as id, a.attribute, least(as_of, %(now)s) as at
  from import_rows cross join lateral jsonb_object_keys(attributes) a (attribute)
  where %(dated)s and as_of is not null and
    -- use: import_batches.rows
),
history as (
  insert into attribute_history (contact_id, attribute, value, at, source, recorded_at)
  select id, attribute, after, coalesce(s.at, %(now)s), %(source)s, %(now)s
  from changed left join since s using (id, attribute)
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
input as materialized (
  select 'relance' as source, t.*, null as about, %(now)s::timestamptz as at, true as known, nextval('event_seq') as seq
  from (
    select 'created/' || id as id, 'contact.created' as name, id as contact_id,
      jsonb_build_object('source', 'import') as properties
    from created where not %(silent)s
    union all
    select concat('changed/import ', %(import)s::bigint, '/', %(first)s::integer, '/', id, '/', attribute), 'contact.changed', id,
      jsonb_build_object('attribute', attribute, 'before', before, 'after', after, 'source', 'import')
    from changed where not %(silent)s and id not in (select id from created)
  ) t
),
-- use: events.kept
select id, touched && array['email', 'phone'] as is_readdressed from merged where id not in (select id from created)
