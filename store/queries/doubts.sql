-- name: days_told
-- On how many days each failure was told of a number, since a message arrived there for the last time.
select failed.contact_id, failed.raw ->> 'To' as address, failed.reason,
       count(distinct (failed.at at time zone 'UTC')::date) as days
from delivery_reports failed
where failed.contact_id = any(%(contacts)s)
  and failed.kind = 'failed'
  and not exists (
    select from delivery_reports arrived
    where arrived.contact_id = failed.contact_id and arrived.kind = 'delivered'
      and arrived.provider = failed.provider and arrived.raw ->> 'To' = failed.raw ->> 'To'
      and arrived.at > failed.at
  )
group by 1, 2, 3
