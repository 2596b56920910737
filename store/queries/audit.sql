-- name: lines
select id, place, at, actor, action, subject, data
from audit
where (%(action)s::text is null or action = %(action)s) and (%(actor)s::text is null or actor = %(actor)s)
  and (%(subject)s::text is null or subject = %(subject)s)
  and (%(since)s::timestamptz is null or at >= %(since)s)
order by place desc
limit %(limit)s

-- name: broken
-- The first line that does not follow from those before it.
select place, at, actor, action
from (
  select *, lag(hash, 1, '') over (order by place) as before, row_number() over (order by place) as ordinal
  from audit
) a
where place <> ordinal or hash <> audit_digest(before, place, at, actor, action, subject, data)
order by place
limit 1

-- name: ends
select h.place as told, coalesce(max(a.place), 0) as found,
  coalesce((select hash from audit order by place desc limit 1), '') = h.hash as sealed
from audit_head h left join audit a on true
group by h.place, h.hash

-- name: saw
insert into audit (at, actor, action, subject, data)
select %(now)s, %(actor)s, 'see', contact, %(data)s from unnest(%(contacts)s::text[]) contact
