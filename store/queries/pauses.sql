-- name: pause
insert into pauses (kind, name, at, actor, reason)
values (%(kind)s, %(name)s, %(now)s, %(actor)s, %(reason)s)
on conflict (kind, name) do nothing

-- name: resume
delete from pauses where kind = %(kind)s and name = %(name)s

-- name: in_force
select kind, name, at, actor, reason from pauses order by at

-- name: scenario_exists
select exists (select 1 from scenarios where name = %(name)s) as found

-- name: poke_waiting
-- Groups that had something to do while they were held.
insert into pokes (group_id, start, at)
select group_id, false, %(now)s::timestamptz from runs
where status = 'active' and due_at <= %(now)s
  and (%(scenario)s::text is null or scenario = %(scenario)s)
union
select group_id, false, %(now)s::timestamptz from messages
where state = 'reserved' and planned_at <= %(now)s
  and (%(scenario)s::text is null or scenario = %(scenario)s)
  and (%(channel)s::text is null or channel = %(channel)s)
