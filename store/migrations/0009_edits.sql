-- What a new version makes of people in flight, where they do not just finish: a line for each such version, in
-- force from the transaction that publishes it. Whoever touches a run of an older version does this first; a loop
-- of the workers comes to all the others. `people` were in flight then. `since` is real time: only after a while
-- is it sure that no transaction of before the publication is left.
create table edits (
  scenario      text not null,
  version       integer not null,
  rule          text not null check (rule in ('restart', 'exit', 'move_exit', 'move_finish')),
  actor         text not null,
  people        integer not null,
  published_at  timestamptz not null,
  since         timestamptz not null default clock_timestamp(),
  called_off_at timestamptz,
  finished_at   timestamptz,
  primary key (scenario, version)
);
create index edits_open on edits (since) where finished_at is null and called_off_at is null;
create trigger edits_notify after insert on edits referencing new table as fresh
  for each statement execute function notify_readers('relance_edits');
create trigger edits_published after insert or update on edits
  for each statement execute function count_publication();

-- The newest version whose publication was heeded and left the run on its own.
alter table runs add column heeded integer;
