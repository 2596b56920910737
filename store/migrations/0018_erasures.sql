-- Erasures that providers are asked for (GDPR, articles 17 and 28): by whose hands messages of somebody went who was
-- erased here. Addresses are sealed under the secret keys, since they are known here no more; they and the ids of
-- messages are emptied once the provider has confirmed.
create table erasures (
  id          bigint generated always as identity primary key,
  contact_id  text not null,
  provider    text not null,
  channel     text not null,
  addresses   text[] not null default '{}',
  message_ids text[] not null default '{}',
  state       text not null default 'open' check (state in ('open', 'done', 'refused', 'not_asked')),
  why         text,
  tries       integer not null default 0,
  asked_at    timestamptz not null,
  next_at     timestamptz not null,
  settled_at  timestamptz,
  check (state = 'open' or (addresses = '{}' and message_ids = '{}'))
);
create index erasures_open on erasures (next_at) where state = 'open';
create index erasures_contact on erasures (contact_id);
