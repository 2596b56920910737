-- name: unsaid
-- No statement of its own: whether a row `r` has a consent or an id elsewhere that is not known of its person. What an
-- undated consent, or one that rests on a sale, only repeats of what holds is known; a dated one is when it was told.
(r.consents is not null and exists (
  select from jsonb_to_recordset(r.consents) as s (
    topic text, channel text, state text, basis text, text text, at timestamptz)
  left join lateral (
    select l.state, l.basis, l.text_version from consents l
    where l.contact_id = r.contact_id and l.topic = s.topic and l.channel = s.channel order by l.id desc limit 1) h on true
  where h.state is null
    or ((s.at is null or s.basis = 'soft_opt_in')
      and (s.state, s.basis, s.text) is distinct from (h.state, h.basis, h.text_version))
    or (s.at is not null and (s.at >= %(now)s or not exists (
      select from consents l
      where l.contact_id = r.contact_id and l.topic = s.topic and l.channel = s.channel and l.state = s.state
        and l.at = s.at)))))
or (r.identities is not null and exists (
  select from jsonb_each_text(r.identities) n
  where not exists (
    select from identities i where i.kind = n.key and i.value = n.value and i.contact_id = r.contact_id)))

-- name: clashing
-- Rows with an id elsewhere that somebody else has, or that the file gives to two people.
with named as materialized (
  select line, contact_id, key as kind, value
  from import_rows cross join lateral jsonb_each_text(identities)
  where identities is not null and
    -- use: import_batches.rows
),
shared as (
  select line from named join (
    select kind, value from named group by kind, value having min(contact_id) <> max(contact_id)) twice using (kind, value)
  union
  select n.line from named n join identities i using (kind, value) where i.contact_id <> n.contact_id
)
select line, contact_id, identities, null::jsonb as consents
from import_rows where import_id = %(import)s and line in (select line from shared)
order by line

-- name: doubtful
-- Rows with consents that may not stand: of people who are known, and those that rest on a sale.
select line, contact_id, null::jsonb as identities, consents
from import_rows r
where consents is not null and (not plain or exists (select from contacts c where c.id = r.contact_id)) and (
    -- use: import_checks.unsaid
  ) and
  -- use: import_batches.rows
order by line

-- name: told
-- What a batch says beside attributes that is not known.
select line, contact_id, identities, consents
from import_rows r
where (
    -- use: import_checks.unsaid
  ) and
  -- use: import_batches.rows
order by line

-- name: erased
select r.line
from (
  select line, contact_id from import_rows
  where
    -- use: import_batches.rows
) r join contacts c on c.id = r.contact_id
where c.erased_at is not null
order by r.line

-- name: differing
-- Lines of a batch that say of their person what is not known already, or may: two of one person, and dated ones.
with given as (
  select *, count(*) over (partition by contact_id) as times
  from import_rows
  where
    -- use: import_batches.rows
)
select r.line
from given r
left join lateral (
  select id, erased_at, merged_into,
    -- use: import_batches.present
    as kept
  from contacts c where c.id = r.contact_id offset 0
) c on true
where c.id is null or c.erased_at is not null or c.merged_into is not null or r.as_of is not null or r.times > 1
  or c.kept || r.attributes <> c.kept or
  -- use: import_checks.unsaid
order by r.line
