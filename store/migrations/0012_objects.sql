-- Which objects a run waits to hear of, so that an event about one finds its runs by an index: `event=key`, or the
-- event's name alone where any object may concern it. Null: written by a release that did not say.

alter table runs add column objects text[];
create index runs_objects on runs using gin (objects) where status = 'active' and objects <> '{}';
create index runs_objects_unsaid on runs using gin (listens_to) where status = 'active' and objects is null;
create index routing_objects on routing (seq) where contact_id is null;
