-- name: page
-- What happened with one person, newest first, from a place on. Each part reads no more than a page by its own index:
-- events name by name, since their index begins so, with names found by going from one to the next.
with recursive bounds as materialized (
  select %(before)s::timestamptz as at, %(rank)s::integer as rank, %(place)s::bigint as place, %(line)s::bigint as line,
         coalesce(%(since)s::timestamptz, '-infinity') as since, coalesce(%(until)s::timestamptz, 'infinity') as until
),
found as (
  (select e.name from events e where e.contact_id = %(contact)s order by e.name limit 1)
  union all
  select (select e.name from events e where e.contact_id = %(contact)s and e.name > f.name order by e.name limit 1)
  from found f where f.name is not null
),
ways as materialized (
  select f.name, coalesce(w.kind, 'event') as kind, w.medium, w.medium_of, w.direction, w.place_of, w.outcome_of
  from found f
  left join json_to_recordset(%(ways)s) as w (
    name text, kind text, medium text, medium_of text, direction text, place_of text, outcome_of text) using (name)
  where f.name is not null and coalesce(w.kind, 'event') = any(%(kinds)s)
    and (%(direction)s::text is null or w.direction = %(direction)s)
    and (%(medium)s::text is null or w.medium_of is not null or w.medium = %(medium)s)
),
lines as (
  (select w.kind, e.at, 5 as rank, e.seq as place, 0 as line, e.name, w.direction,
          coalesce(e.properties ->> w.medium_of, w.medium) as medium, e.properties ->> w.place_of as spot,
          e.properties ->> w.outcome_of as outcome,
          case when w.kind = 'reaction' then e.properties ->> 'scenario' end as scenario,
          case when w.kind = 'reaction' then (e.properties ->> 'run_id')::bigint end as run_id,
          case when w.kind = 'reaction' then e.properties ->> 'step' end as step, e.source as told_by,
          null::text as text, e.properties as data, null::text as uid, null::text as state, null::timestamptz as due_at
   from ways w cross join bounds b cross join lateral (
     select e.* from events e
     where e.contact_id = %(contact)s and e.name = w.name and e.at >= b.since and e.at < b.until and e.at <= b.at
       and (e.at, 5, e.seq, 0) < (b.at, b.rank, b.place, b.line)
       and (%(medium)s::text is null or coalesce(e.properties ->> w.medium_of, w.medium) = %(medium)s)
     order by e.at desc, e.seq desc limit %(limit)s) e)
  union all
  (select 'message', m.at, 4, m.id, 0, m.message, 'out', m.channel, null, m.reason, m.scenario, m.run_id, m.step,
          m.provider, null, jsonb_build_object('topic', m.topic, 'planned_at', m.planned_at), m.uid::text, m.state, null
   from (
     select coalesce(sent_at, settled_at, planned_at) as at, m.* from messages m where contact_id = %(contact)s) m
   cross join bounds b
   where 'message' = any(%(kinds)s) and coalesce(%(direction)s, 'out') = 'out'
     and coalesce(%(medium)s, m.channel) = m.channel
     and m.at >= b.since and m.at < b.until and (m.at, 4, m.id, 0) < (b.at, b.rank, b.place, b.line)
   order by m.at desc, m.id desc limit %(limit)s)
  union all
  (select 'task', t.at, 3, t.id, t.line, t.task, 'out', null, t.team, t.said, r.scenario, t.run_id, t.step, t.who, null,
          '{}', null, t.state, t.due_at
   from (
     select id, created_at as at, 0 as line, task, team, null as said, run_id, step, null as who, state,
            case when state <> 'done' then due_at end as due_at
     from tasks where contact_id = %(contact)s
     union all
     select id, done_at, 1, task, team, outcome, run_id, step, done_by, 'outcome', null
     from tasks where contact_id = %(contact)s and done_at is not null) t
   join runs r on r.id = t.run_id cross join bounds b
   where 'task' = any(%(kinds)s) and coalesce(%(direction)s, 'out') = 'out' and %(medium)s::text is null
     and t.at >= b.since and t.at < b.until and (t.at, 3, t.id, t.line) < (b.at, b.rank, b.place, b.line)
   order by t.at desc, t.id desc, t.line desc limit %(limit)s)
  union all
  (select 'consent', c.at, 2, c.id, 0, c.topic, 'in', null, null, c.state, null, null, null, c.source, c.text_version,
          c.proof || jsonb_build_object('channel', c.channel, 'basis', c.basis), null, c.state, null
   from consents c cross join bounds b
   where c.contact_id = %(contact)s and 'consent' = any(%(kinds)s) and coalesce(%(direction)s, 'in') = 'in'
     and %(medium)s::text is null
     and c.at >= b.since and c.at < b.until and (c.at, 2, c.id, 0) < (b.at, b.rank, b.place, b.line)
   order by c.at desc, c.id desc limit %(limit)s)
  union all
  (select case when t.what in ('entered', 'goal', 'ended') then 'run' else 'decision' end, t.at, 1, t.run_id,
          t.sequence * 1000 + t.line, t.what, null, null, null, case when t.what = 'ended' then r.end_reason end,
          r.scenario, t.run_id, t.step, null, t.text, t.data, null, null, null
   from trail t join runs r on r.id = t.run_id cross join bounds b
   where t.contact_id = %(contact)s and %(direction)s::text is null and %(medium)s::text is null
     and case when t.what in ('entered', 'goal', 'ended') then 'run' else 'decision' end = any(%(kinds)s)
     and t.at >= b.since and t.at < b.until and t.at <= b.at
     and (t.at, 1, t.run_id, t.sequence * 1000 + t.line) < (b.at, b.rank, b.place, b.line)
   order by t.at desc, t.run_id desc, t.sequence desc, t.line desc limit %(limit)s)
),
page as materialized (
  select * from lines order by at desc, rank desc, place desc, line desc limit %(limit)s
)
select p.*, coalesce(p.uid, m.uid::text) as message,
  case when p.kind in ('run', 'message') and p.name <> 'ended' then r.position end as next_step,
  case when p.kind in ('run', 'message') and p.name <> 'ended' then r.due_at end as next_at,
  case when p.kind = 'event' then (
    select array_agg(distinct s.scenario) from runs s where s.contact_id = %(contact)s and s.entered_seq = p.place)
  end as began
from page p
left join runs r on r.id = p.run_id and r.status = 'active'
left join messages m on m.run_id = p.run_id and m.step = p.step
  -- Of our own reports alone: a property of the brand's that is called so need not be a number.
  and m.iteration = case when p.kind = 'reaction' then (p.data ->> 'iteration')::integer end
order by p.at desc, p.rank desc, p.place desc, p.line desc
