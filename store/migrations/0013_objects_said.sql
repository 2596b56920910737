-- At which of its transitions a run said of which objects it waits to hear. A release that knows nothing of them moves a
-- run on without saying; it is then found by the event's name, as before.

alter table runs add column objects_at integer;
drop index runs_objects_unsaid;
create index runs_objects_unsaid on runs using gin (listens_to)
  where status = 'active' and objects_at is distinct from sequence;
