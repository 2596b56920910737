-- The ledger of consents is append only. Two things may be done to a line, each by who says so for its transaction:
-- the setting `relance.ledger` = 'erasure' empties its proof, and 'merge' gives it to the person that another turned
-- out to be. Nothing else of it changes, and no line goes.

create function keep_ledger() returns trigger language plpgsql as $$
declare deed text := current_setting('relance.ledger', true);
begin
  if tg_op = 'UPDATE' then
    if deed = 'erasure' and new.proof = '{}' and to_jsonb(new) - 'proof' = to_jsonb(old) - 'proof' then
      return new;
    end if;
    if deed = 'merge' and to_jsonb(new) - 'contact_id' = to_jsonb(old) - 'contact_id' then
      return new;
    end if;
  end if;
  raise exception '% is append only', tg_table_name using errcode = 'restrict_violation',
    hint = 'a withdrawal is a line of its own; an erasure empties the proof alone';
end $$;

create trigger consents_kept before update or delete on consents for each row execute function keep_ledger();
create trigger consents_whole before truncate on consents for each statement execute function refuse_change();
