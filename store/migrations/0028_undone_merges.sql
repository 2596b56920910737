-- Whether any merge was ever undone: whoever reads the ledger of many people asks it, and looks further only where one was.
create index merges_undone on merges (id) where undone_at is not null;
