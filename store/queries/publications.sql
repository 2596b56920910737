-- name: lock
-- One publication at a time; released with the transaction.
select pg_advisory_xact_lock(hashtext('relance publish'))

-- name: in_flight
select scenario, version, position, count(*) as people from runs
where status = 'active' and scenario = any(%(names)s)
group by scenario, version, position
order by scenario, version, position

-- name: add_codes
insert into codes (pool, code)
select %(pool)s, code from unnest(%(codes)s::text[]) with ordinality as given (code, place) order by place
on conflict do nothing

-- name: audit
insert into audit (at, actor, action, subject, data)
values (%(now)s, %(actor)s, %(action)s, %(subject)s, %(data)s)

-- name: messages_in_use
-- Messages named by versions that people are still on, beside those in force; not by those that a newer version
-- takes everybody away from.
select distinct r.scenario, r.version, c.value->>'channel' as channel, c.value->>'message' as message
from (
  select distinct scenario, version from runs a
  where status = 'active' and not exists (
    select from edits e
    where e.scenario = a.scenario and e.version > a.version and e.rule <> 'move_finish' and e.called_off_at is null)
) r
join scenario_versions v using (scenario, version),
     jsonb_path_query(v.plan, '$.steps[*].candidates[*]') as c(value)
