-- Who was in a segment when a scenario last looked: whoever is in it now and not here came in, and the other way
-- round. `look` names the trigger by what it says, not by its place.
create table segment_members (
  scenario   text not null,
  look       text not null,
  contact_id text not null,
  since      timestamptz not null,
  primary key (scenario, look, contact_id)
);
create index segment_members_contact on segment_members (contact_id);

-- How far the looks got. With zone '': since when the members are those of this definition, null while they are
-- gathered. With a zone: the last instant for which everybody there was looked at.
create table segment_looks (
  scenario   text not null,
  look       text not null,
  zone       text not null default '',
  definition text not null default '',
  done_at    timestamptz,
  primary key (scenario, look, zone)
);
