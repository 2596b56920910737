-- An occurrence is known by what its trigger says, wherever that stands in its list. Rows of earlier releases have no
-- name until they are looked at again; `trigger`, the place at the time, only keeps them apart for those.
alter table occurrences add column name text;
create unique index occurrences_name on occurrences (scenario, name, zone, due_at);

-- The version with which a scenario came back after it was withdrawn: what was in force before it was not between.
alter table scenarios add column returned integer;
