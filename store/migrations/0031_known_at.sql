-- Since when somebody is known here, where `created_at` is since when the brand says that it knows them. Who was there
-- before has none: since ever. An instant that was over before somebody was known does not concern them.
alter table contacts add column known_at timestamptz;
