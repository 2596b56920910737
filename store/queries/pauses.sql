-- name: pause
insert into pauses (kind, name, at, actor, reason)
values (%(kind)s, %(name)s, %(now)s, %(actor)s, %(reason)s)
on conflict (kind, name) do nothing

-- name: resume
delete from pauses where kind = %(kind)s and name = %(name)s returning at

-- name: put_ramp
insert into ramps (kind, name, began_at, seconds, share)
values (%(kind)s, %(name)s, %(began_at)s, %(seconds)s, %(share)s)
on conflict (kind, name) do update
set began_at = excluded.began_at, seconds = excluded.seconds, share = excluded.share

-- name: drop_ramp
delete from ramps where kind = %(kind)s and name = %(name)s

-- name: ramps
select kind, name, began_at, seconds, share from ramps order by began_at

-- name: resumed_at
select max(at) as at from audit where action = 'resume' and subject = %(name)s

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
