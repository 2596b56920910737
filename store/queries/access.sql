-- name: keep_key
insert into api_keys (name, hash, scopes, created_at)
values (%s, %s, %s, %s)
on conflict (hash) do update set name = excluded.name, scopes = excluded.scopes, revoked_at = null;

-- name: find_key
-- A key that was replaced holds until `revoked_at` comes.
select name, scopes from api_keys
where hash = %(hash)s and (revoked_at is null or revoked_at > %(now)s);

-- name: list_keys
select name, scopes, created_at, revoked_at from api_keys order by name, id;

-- name: revoke_keys
update api_keys set revoked_at = %(now)s
where name = %(name)s and (revoked_at is null or revoked_at > %(now)s)
returning id;

-- name: replace_keys
-- The keys of a name hold until then, and what they may is what the new one may.
update api_keys set revoked_at = least(coalesce(revoked_at, %(until)s), %(until)s)
where name = %(name)s and (revoked_at is null or revoked_at > %(now)s)
returning scopes;
