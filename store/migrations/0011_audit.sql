-- The audit is append only, and each line seals those before it: whoever changes, removes or inserts one breaks the
-- chain from there on, and the head tells whether the last ones are missing.

alter table audit add column place bigint, add column hash bytea;
create table audit_head (
  single   boolean primary key default true check (single),
  place bigint not null,
  hash     bytea not null
);
insert into audit_head (place, hash) values (0, '');

create function audit_digest(
  before bytea, place bigint, at timestamptz, actor text, action text, subject text, data jsonb
) returns bytea language sql stable as $$
  select sha256(before || convert_to(jsonb_build_array(place,
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), actor, action, subject, data)::text, 'UTF8'))
$$;

-- The update of the head makes those who write the audit at the same time wait for each other.
create function chain_audit() returns trigger language plpgsql as $$
declare before bytea;
begin
  select hash into before from audit_head for update;
  update audit_head set place = audit_head.place + 1 returning audit_head.place into new.place;
  new.hash := audit_digest(before, new.place, new.at, new.actor, new.action, new.subject, new.data);
  update audit_head set hash = new.hash;
  return new;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Lines of before are sealed in their order.
do $$
declare line record;
declare head record;
begin
  for line in select * from audit order by id loop
    select * into head from audit_head;
    update audit set place = head.place + 1,
      hash = audit_digest(head.hash, head.place + 1, line.at, line.actor, line.action, line.subject, line.data)
    where id = line.id;
    update audit_head set place = head.place + 1, hash = (select a.hash from audit a where a.id = line.id);
  end loop;
end $$;

alter table audit alter column place set not null, alter column hash set not null;
create unique index audit_position on audit (place);
create trigger audit_chained before insert on audit for each row execute function chain_audit();
create trigger audit_kept before update or delete on audit for each row execute function refuse_change();
create trigger audit_whole before truncate on audit for each statement execute function refuse_change();
