-- What each decision rested on, so that it can be taken again. Everything that decisions look at has a place among
-- the events: what lies at or before `seen` was known, what lies after it was not.
create table transitions (
  run_id     bigint not null,
  sequence   integer not null, -- as in `trail`
  contact_id text not null,
  version    integer not null,
  world_id   bigint not null,
  at         timestamptz not null,
  seen       bigint not null,
  -- Events that were being written at the same moment have places before `seen` and were not all there yet: those
  -- of the last places that were there.
  fresh      bigint[] not null default '{}',
  heard      bigint[] not null default '{}', -- the events that woke it
  facts      jsonb not null default '{}',    -- what is not kept otherwise: messages as they stood, pauses, empty pools
  primary key (run_id, sequence)
);
create index transitions_contact on transitions (contact_id);

alter table consents add column seq bigint not null default nextval('event_seq');
alter table attribute_history add column seq bigint not null default nextval('event_seq');
alter table suppressions add column lifted_seq bigint;
update suppressions set lifted_seq = 0 where lifted_at is not null;

-- A world that is put in force again is a new line, and the old one stays.
alter table worlds drop constraint worlds_hash_key;
