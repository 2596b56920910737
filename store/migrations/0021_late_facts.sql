-- A fact that came when a newer one was known is kept at its date and never was the present value: what was decided
-- knew nothing of it, and what is decided later does not either.
alter table attribute_history add column in_force boolean not null default true;
