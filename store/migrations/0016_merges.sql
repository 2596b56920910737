-- Two contacts that turned out to be one person. Of the one that was merged the row stays, empty, and says where to:
-- `erased_at` keeps it out of whatever is asked of the living, `merged_into` leads whoever still has its id.

alter table contacts add column merged_into text;
create index contacts_merged on contacts (id) where merged_into is not null;
create index contacts_came on contacts (merged_into) where merged_into is not null;

-- `data` holds what undoing needs, and what was told of the merge; `seq` is its place among the events.
alter table merges
  add column actor text not null default '',
  add column seq bigint not null default nextval('event_seq'),
  add column undone_at timestamptz;
create index merges_winner on merges (winner_id);
create index merges_loser on merges (loser_id);
