-- name: listed
-- The most urgent first. Nothing is asked of people about somebody who was erased.
select t.id, t.task, t.team, t.contact_id, r.scenario, t.step, t.run_id, t.state, t.created_at, t.due_at,
  t.state <> 'done' and t.due_at is not null and t.due_at < %(now)s as late,
  t.taken_by, t.taken_at, t.done_by, t.done_at, t.outcome
from tasks t
join runs r on r.id = t.run_id
join contacts c on c.id = t.contact_id and c.erased_at is null
where (%(id)s::bigint is null or t.id = %(id)s)
  and (%(team)s::text is null or t.team = %(team)s)
  and t.state = any(%(states)s)
  and (not %(late)s or (t.state <> 'done' and t.due_at < %(now)s))
order by case when t.state = 'done' then t.done_at end desc nulls last, t.due_at nulls last, t.id
limit %(limit)s

-- name: take
update tasks set state = 'taken', taken_by = %(who)s, taken_at = %(now)s
where id = %(id)s and (state = 'open' or (state = 'taken' and taken_by = %(who)s))
returning id

-- name: done
update tasks set state = 'done', done_by = %(who)s, done_at = %(now)s, outcome = %(outcome)s
where id = %(id)s and state <> 'done'
returning id
