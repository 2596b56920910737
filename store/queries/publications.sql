-- name: lock
-- One publication at a time; released with the transaction.
select pg_advisory_xact_lock(hashtext('relance publish'))

-- name: in_flight
select scenario, version, count(*) as people from runs where status = 'active' group by scenario, version

-- name: add_codes
insert into codes (pool, code)
select %(pool)s, code from unnest(%(codes)s::text[]) with ordinality as given (code, place) order by place
on conflict do nothing

-- name: audit
insert into audit (at, actor, action, subject, data)
values (%(now)s, %(actor)s, %(action)s, %(subject)s, %(data)s)

-- name: messages_in_use
-- Messages named by versions that people are still on, beside those in force.
select distinct r.scenario, r.version, c.value->>'channel' as channel, c.value->>'message' as message
from (select distinct scenario, version from runs where status = 'active') r
join scenario_versions v using (scenario, version),
     jsonb_path_query(v.plan, '$.steps[*].candidates[*]') as c(value)
