-- Who was forgotten just now, until what was on its way to the tables at that moment is forgotten too. Of nobody whom a
-- merge could take elsewhere.
create table forgotten_again (forgotten_id text primary key, due_at timestamptz not null);
