-- Who looks at the studio: people with a role, their sessions, sign-ins under way, and those that failed.

create table users (
  id            bigint generated always as identity primary key,
  name          text not null,
  issuer        text,
  subject       text,
  role          text not null check (role in ('viewer', 'marketer', 'operations', 'privacy')),
  password_hash text,
  created_at    timestamptz not null,
  disabled_at   timestamptz,
  check ((issuer is null) = (subject is null) and (subject is null) <> (password_hash is null)),
  unique (issuer, subject)
);
-- A name that a provider gives is never that of somebody with a password here.
create unique index users_local on users (lower(name)) where subject is null;

-- Only the hash of what a browser holds.
create table sessions (
  hash       text primary key,
  user_id    bigint not null references users on delete cascade,
  created_at timestamptz not null,
  seen_at    timestamptz not null
);
create index sessions_user on sessions (user_id);
create index sessions_age on sessions (created_at);

-- What a provider's answer must match; read once.
create table sign_ins (
  hash       text primary key,
  data       jsonb not null,
  created_at timestamptz not null
);

-- Hashes of who failed to sign in, for as long as they are counted.
create table sign_in_failures (
  who text not null,
  at  timestamptz not null
);
create index sign_in_failures_who on sign_in_failures (who, at);
create index sign_in_failures_age on sign_in_failures (at);
