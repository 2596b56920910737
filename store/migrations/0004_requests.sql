-- Requests to webhooks are tried until they are answered or too late. `key` is the idempotency key, the same at
-- every try; whoever tries puts `next_at` off, so that what a worker left half done is tried again.
alter table requests
  add column key uuid not null default gen_random_uuid(),
  add column tries integer not null default 0,
  add column next_at timestamptz not null default '-infinity';
create index requests_open on requests (next_at) where state = 'open';
create trigger requests_notify after insert on requests referencing new table as fresh
  for each statement execute function notify_readers('relance_requests');
