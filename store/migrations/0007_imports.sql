-- Files of people that are brought into the base.

-- `next_line`: all lines before it are applied, so that an import that stopped goes on there.
create table imports (
  id          bigint generated always as identity primary key,
  file        text not null,
  hash        text not null,
  source      text not null,
  actor       text not null,
  silent      boolean not null default false,
  lines       integer not null default 0,
  next_line   integer not null default 0,
  created     integer not null default 0,
  changed     integer not null default 0,
  started_at  timestamptz not null,
  staged_at   timestamptz,
  finished_at timestamptz
);

-- The people of a file, read and found good, until they are applied. It can be read again from the file,
-- so it need not survive a crash of the server.
create unlogged table import_rows (
  import_id  bigint not null,
  line       integer not null,
  contact_id text not null,
  created_at timestamptz,
  attributes jsonb not null,
  identities jsonb,
  consents   jsonb,
  primary key (import_id, line)
);

-- Several objects as one, in which the later wins: `jsonb_merge(attributes order by line)`.
create aggregate jsonb_merge(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');
