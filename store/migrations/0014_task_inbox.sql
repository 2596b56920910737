-- Who took a task, and what came of it. Done, a task is an event `task.done` of its contact.
alter table tasks
  add column taken_by text,
  add column taken_at timestamptz,
  add column done_by  text,
  add column done_at  timestamptz,
  add column outcome  text,
  add constraint tasks_state check (state in ('open', 'taken', 'done'));
create index tasks_open on tasks (team, due_at, id) where state <> 'done';
create index tasks_contact on tasks (contact_id);
