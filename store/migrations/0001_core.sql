-- The tables of the engine. Instants are timestamptz, JSON attributes and properties are as the API took them.

-- People ---------------------------------------------------------------------------------------------

create table contacts (
  id              text primary key check (length(id) between 1 and 200),
  email           text,
  phone           text,
  locale          text,
  timezone        text,
  is_professional boolean,
  attributes      jsonb not null default '{}',
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  erased_at       timestamptz
);
create index contacts_email on contacts (lower(email)) where email is not null;
create index contacts_phone on contacts (phone) where phone is not null;

-- Every value that an attribute had, with its date and source.
create table attribute_history (
  contact_id  text not null,
  attribute   text not null,
  value       jsonb,
  at          timestamptz not null,
  source      text not null,
  recorded_at timestamptz not null
);
create index attribute_history_contact on attribute_history (contact_id, attribute, at);

create table identities (
  kind       text not null,
  value      text not null,
  contact_id text not null,
  primary key (kind, value)
);
create index identities_contact on identities (contact_id);

create table merges (
  id        bigint generated always as identity primary key,
  winner_id text not null,
  loser_id  text not null,
  at        timestamptz not null,
  data      jsonb not null default '{}'
);

-- What happened ---------------------------------------------------------------------------------------

create sequence event_seq;

-- Append only. `contact_id` is null for an event about an object, whose identity is then in `about`.
create table events (
  seq         bigint not null default nextval('event_seq'),
  source      text not null,
  id          text not null,
  name        text not null,
  contact_id  text,
  about       text,
  at          timestamptz not null,
  properties  jsonb not null default '{}',
  recorded_at timestamptz not null,
  primary key (seq, at)
) partition by range (at);
create table events_default partition of events default;
create index events_contact on events (contact_id, name, at) where contact_id is not null;
create index events_about on events (name, about, at) where about is not null;

-- What makes an event count once; a partitioned table cannot hold a unique key without its date.
create table event_keys (
  source text not null,
  id     text not null,
  seq    bigint not null,
  primary key (source, id)
);

-- The outbox of ingest: one line for each event that the router has not seen.
create table routing (
  seq        bigint primary key,
  at         timestamptz not null,
  contact_id text,
  partition  smallint not null
);
create index routing_partition on routing (partition, seq);
create index routing_contact on routing (contact_id) where contact_id is not null;

-- Locked by the worker that routes a partition, so that the events of a contact keep their order.
create table router_partitions (
  partition smallint primary key
);
insert into router_partitions select generate_series(0, 15);

-- Consent -----------------------------------------------------------------------------------------------

-- Append only; the latest line of (contact, topic, channel) holds. The topic `tracking` has the
-- channels `opens` and `clicks`.
create table consents (
  id           bigint generated always as identity primary key,
  contact_id   text not null,
  topic        text not null,
  channel      text not null,
  state        text not null check (state in ('granted', 'withdrawn')),
  basis        text not null check (basis in ('consent', 'soft_opt_in', 'legitimate_interest')),
  text_version text,
  proof        jsonb not null default '{}',
  source       text not null,
  at           timestamptz not null,
  recorded_at  timestamptz not null
);
create index consents_contact on consents (contact_id, topic, channel, id desc);

-- Blocks on an address, by keyed hash, so that they survive erasure and re-import. One that names topics
-- also follows the contact to another address: it is about the person, not about the mailbox.
create table suppressions (
  id           bigint generated always as identity primary key,
  channel      text not null,
  address_hash text,
  reason       text not null,
  topics       text[],
  classes      text[] not null,
  sender       text,
  contact_id   text,
  source       text not null,
  at           timestamptz not null,
  seq          bigint not null default nextval('event_seq'),
  lifted_at    timestamptz,
  check (address_hash is not null or (topics is not null and contact_id is not null))
);
create index suppressions_address on suppressions (address_hash) where lifted_at is null;
create index suppressions_contact on suppressions (contact_id) where lifted_at is null and topics is not null;

-- Scenarios ----------------------------------------------------------------------------------------------

-- Catalog, policy and segments in force; the highest id is today's.
create table worlds (
  id           bigint generated always as identity primary key,
  hash         text not null unique,
  world        jsonb not null,
  author       text not null,
  published_at timestamptz not null
);

create table scenario_versions (
  scenario     text not null,
  version      integer not null,
  path         text not null,
  source       text not null,
  plan         jsonb not null,
  hash         text not null,
  author       text not null,
  commit       text,
  published_at timestamptz not null,
  primary key (scenario, version)
);

-- The version that new entries take; null once withdrawn.
create table scenarios (
  name    text primary key,
  current integer
);

-- What operations stopped: kind `scenario` or `channel` with its name, or `all` with ''.
create table pauses (
  kind   text not null check (kind in ('scenario', 'channel', 'all')),
  name   text not null,
  at     timestamptz not null,
  actor  text not null,
  reason text not null,
  primary key (kind, name)
);

-- Runs ---------------------------------------------------------------------------------------------------

-- One Temporal workflow each. `contact_id` where it drives a single run.
create table groups (
  id          bigint generated always as identity primary key,
  workflow_id text not null unique,
  scenario    text not null,
  version     integer not null,
  contact_id  text,
  size        integer not null,
  created_at  timestamptz not null,
  ended_at    timestamptz
);

create table runs (
  id         bigint generated always as identity primary key,
  group_id   bigint not null references groups,
  scenario   text not null,
  version    integer not null,
  contact_id text not null,
  key        text,
  occurrence text,
  parallel   boolean not null default false,
  status     text not null default 'active' check (status in ('active', 'ended')),
  position   text,
  state      jsonb not null default '{}',
  due_at     timestamptz,
  listens_to text[] not null default '{}',
  holdout    boolean not null default false,
  sequence   integer not null default 0,
  entered_at timestamptz not null,
  entered_seq bigint not null default 0,
  goal_at    timestamptz,
  ended_at   timestamptz,
  end_reason text
);
-- One active run a contact and key, whatever races.
create unique index runs_one_active on runs (contact_id, scenario, coalesce(key, ''))
  where status = 'active' and not parallel;
-- One entry a contact and occurrence of a date or scan trigger.
create unique index runs_occurrence on runs (scenario, contact_id, occurrence) where occurrence is not null;
create index runs_contact on runs (contact_id, scenario, entered_at desc);
create index runs_due on runs (group_id, due_at) where status = 'active';
create index runs_overdue on runs (due_at) where status = 'active';
create index runs_position on runs (scenario, version, position) where status = 'active';

-- Who might have entered and did not, and why: the last time for each reason.
create table entry_refusals (
  scenario   text not null,
  contact_id text not null,
  reason     text not null,
  event_seq  bigint,
  at         timestamptz not null,
  times      integer not null default 1,
  primary key (contact_id, scenario, reason)
);

create table trail (
  run_id     bigint not null,
  sequence   integer not null,
  line       smallint not null,
  contact_id text not null,
  at         timestamptz not null,
  what       text not null,
  step       text,
  text       text not null,
  data       jsonb not null default '{}',
  primary key (run_id, sequence, line)
);
create index trail_contact on trail (contact_id, at);

-- Events that the router wants a run to look at.
create table wakes (
  run_id    bigint not null,
  event_seq bigint not null,
  event_at  timestamptz not null,
  primary key (run_id, event_seq)
);

-- The outbox towards Temporal: workflows to start or poke once the transaction is committed.
create table pokes (
  id       bigint generated always as identity primary key,
  group_id bigint not null,
  start    boolean not null,
  at       timestamptz not null
);

-- Scans and date triggers that ran: the truth of "did today's scan run".
create table occurrences (
  scenario    text not null,
  trigger     smallint not null,
  zone        text not null,
  due_at      timestamptz not null,
  cursor      text,
  entered     integer not null default 0,
  started_at  timestamptz not null,
  finished_at timestamptz,
  missed      boolean not null default false,
  primary key (scenario, trigger, zone, due_at)
);

-- Messages -----------------------------------------------------------------------------------------------

-- The pressure ledger and the delivery record in one. `uid` is what providers see of us.
create table messages (
  id               bigint generated always as identity primary key,
  uid              uuid not null unique default gen_random_uuid(),
  run_id           bigint not null,
  group_id         bigint not null,
  contact_id       text not null,
  scenario         text not null,
  version          integer not null,
  step             text not null,
  iteration        integer not null,
  channel          text not null,
  message          text not null,
  topic            text not null,
  class            text not null,
  tags             text[] not null default '{}',
  priority         smallint not null,
  exempt           boolean not null default false,
  sender           text,
  variables        jsonb not null default '{}',
  state            text not null check (state in
    ('reserved', 'attempted', 'sent', 'delivered', 'refused', 'unknown', 'released', 'withheld')),
  planned_at       timestamptz not null,
  local_day        date not null,
  expires_at       timestamptz not null,
  first_refused_at timestamptz,
  place_until      timestamptz,
  attempt_id       uuid,
  attempted_at     timestamptz,
  attempt_seq      bigint, -- its place among events: what came before it was known to it
  sent_at          timestamptz,
  settled_at       timestamptz,
  provider         text,
  provider_id      text,
  content_hash     text,
  reason           text,
  unique (run_id, step, iteration)
);
create index messages_contact on messages (contact_id, planned_at);
create index messages_group on messages (group_id, planned_at) where state = 'reserved';
create index messages_provider on messages (provider_id) where provider_id is not null;
create index messages_unsettled on messages (attempted_at) where state = 'attempted';
create index messages_recent on messages (sent_at desc) where sent_at is not null;

-- What providers reported, as it came; what makes a report count once.
create table delivery_reports (
  provider    text not null,
  key         text not null,
  kind        text not null,
  message_id  bigint,
  contact_id  text,
  at          timestamptz not null,
  reason      text,
  raw         jsonb not null default '{}',
  recorded_at timestamptz not null,
  primary key (provider, key)
);
create index delivery_reports_message on delivery_reports (message_id) where message_id is not null;
create index delivery_reports_contact on delivery_reports (contact_id) where contact_id is not null;

create table codes (
  pool       text not null,
  code       text not null,
  position   bigint generated always as identity,
  run_id     bigint,
  message_id bigint,
  taken_at   timestamptz,
  primary key (pool, code)
);
create index codes_free on codes (pool, position) where run_id is null;
create unique index codes_taken on codes (pool, run_id) where run_id is not null;

create table tasks (
  id         bigint generated always as identity primary key,
  run_id     bigint not null,
  step       text not null,
  contact_id text not null,
  task       text not null,
  team       text not null,
  due_at     timestamptz,
  state      text not null default 'open',
  created_at timestamptz not null
);

create table requests (
  id         bigint generated always as identity primary key,
  run_id     bigint not null,
  step       text not null,
  iteration  integer not null,
  webhook    text not null,
  body       jsonb not null,
  until      timestamptz not null,
  state      text not null default 'open',
  answer     jsonb,
  settled_at timestamptz,
  created_at timestamptz not null,
  unique (run_id, step, iteration)
);

-- Operations ----------------------------------------------------------------------------------------------

create table api_keys (
  id         bigint generated always as identity primary key,
  name       text not null,
  hash       text not null unique,
  scopes     text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create table audit (
  id      bigint generated always as identity primary key,
  at      timestamptz not null,
  actor   text not null,
  action  text not null,
  subject text not null,
  data    jsonb not null default '{}'
);

create table settings (
  name  text primary key,
  value jsonb not null
);

-- Signals ---------------------------------------------------------------------------------------------------

-- Whoever commits lines of an outbox wakes those who read it: `listen relance_routing`, `listen relance_pokes`.
create function notify_readers() returns trigger language plpgsql as $$
begin
  if exists (select from fresh) then
    perform pg_notify(tg_argv[0], '');
  end if;
  return null;
end $$;
create trigger routing_notify after insert on routing referencing new table as fresh
  for each statement execute function notify_readers('relance_routing');
create trigger pokes_notify after insert on pokes referencing new table as fresh
  for each statement execute function notify_readers('relance_pokes');

-- Counts publications, in the transaction that publishes, so that caches of plans know when they are old.
create function count_publication() returns trigger language plpgsql as $$
begin
  insert into settings (name, value) values ('publication', '1')
  on conflict (name) do update set value = to_jsonb((settings.value)::text::integer + 1);
  return null;
end $$;
create trigger worlds_published after insert or update or delete on worlds
  for each statement execute function count_publication();
create trigger scenarios_published after insert or update or delete on scenarios
  for each statement execute function count_publication();
