-- Since when the attributes of a row of a file hold; null: from now on.
alter table import_rows add column as_of timestamptz;
