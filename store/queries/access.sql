-- name: keep_key
insert into api_keys (name, hash, scopes, created_at)
values (%s, %s, %s, %s)
on conflict (hash) do update set name = excluded.name, scopes = excluded.scopes, revoked_at = null;

-- name: find_key
select name, scopes from api_keys where hash = %s and revoked_at is null;
