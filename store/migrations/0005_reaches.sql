-- Events about an object that reach people by their own history: how far the entries of each got. A line is gone
-- once everybody has entered.
create table reaches (
  event_seq bigint not null,
  event_at  timestamptz not null,
  scenario  text not null,
  trigger   smallint not null,
  cursor    text not null default '',
  primary key (event_seq, scenario, trigger)
);
create trigger reaches_notify after insert on reaches referencing new table as fresh
  for each statement execute function notify_readers('relance_reaches');
