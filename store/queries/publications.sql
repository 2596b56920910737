-- name: lock
-- One publication at a time; released with the transaction.
select pg_advisory_xact_lock(hashtext('relance publish'))

-- name: in_flight
-- `heeded`: the newest version that they have heeded, their own at least.
select scenario, version, greatest(version, heeded) as heeded, position, count(*) as people from runs
where status = 'active' and scenario = any(%(names)s)
group by 1, 2, 3, 4
order by 1, 2, 3, 4

-- name: add_codes
insert into codes (pool, code)
select %(pool)s, code from unnest(%(codes)s::text[]) with ordinality as given (code, place) order by place
on conflict do nothing

-- name: audit
insert into audit (at, actor, action, subject, data)
values (%(now)s, %(actor)s, %(action)s, %(subject)s, %(data)s)

-- name: messages_in_use
-- Messages named by versions that people are still on, or are being brought to, beside those in force; not by those
-- that a newer version takes everybody away from.
select distinct r.scenario, r.version, c.value->>'channel' as channel, c.value->>'message' as message
from (
  select distinct scenario, version from runs where status = 'active'
  union
  select scenario, version from edits b
  where finished_at is null and called_off_at is null and rule <> 'exit' and exists (
    select from runs r where r.scenario = b.scenario and r.status = 'active' and greatest(r.version, r.heeded) < b.version)
) r
join scenario_versions v using (scenario, version),
     jsonb_path_query(v.plan, '$.steps[*].candidates[*]') as c(value)
where not exists (
  select from edits e
  where e.scenario = r.scenario and e.version > r.version and e.rule <> 'move_finish' and e.called_off_at is null)
