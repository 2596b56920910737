-- name: add
-- Nothing where the name is taken.
insert into users (name, role, password_hash, created_at)
values (%(name)s, %(role)s, %(password_hash)s, %(now)s)
on conflict (lower(name)) where subject is null do nothing
returning id

-- name: provided
-- Somebody whom the provider knows: the name and role are what it says now. Nothing where we disabled them.
insert into users (name, issuer, subject, role, created_at)
values (%(name)s, %(issuer)s, %(subject)s, %(role)s, %(now)s)
on conflict (issuer, subject) do update set name = excluded.name, role = excluded.role
where users.disabled_at is null
returning id

-- name: with_password
select id, name, role, password_hash from users
where lower(name) = lower(%(name)s) and subject is null and disabled_at is null

-- name: rehash
update users set password_hash = %(password_hash)s where id = %(id)s

-- name: listed
select u.id, u.name, u.role, u.issuer, u.created_at, u.disabled_at, max(s.seen_at) as seen_at
from users u left join sessions s on s.user_id = u.id
group by u.id order by lower(u.name), u.id

-- name: set_role
update users set role = %(role)s where lower(name) = lower(%(name)s) and subject is null returning id

-- name: disable
-- Everybody of the name, whoever knows them: it is asked for when somebody leaves.
with ended as (
  update users set disabled_at = %(now)s
  where lower(name) = lower(%(name)s) and disabled_at is null
  returning id
), closed as (delete from sessions using ended where sessions.user_id = ended.id)
select id from ended

-- name: open_session
insert into sessions (hash, user_id, created_at, seen_at) values (%(hash)s, %(user)s, %(now)s, %(now)s)

-- name: drop_old_sessions
delete from sessions where created_at < %(born)s or seen_at < %(seen)s

-- name: find_session
select u.name, u.role, s.seen_at from sessions s join users u on u.id = s.user_id
where s.hash = %(hash)s and s.created_at > %(born)s and s.seen_at > %(seen)s and u.disabled_at is null

-- name: touch_session
update sessions set seen_at = %(now)s where hash = %(hash)s

-- name: close_session
delete from sessions where hash = %(hash)s

-- name: drop_old_sign_ins
delete from sign_ins where created_at < %(born)s

-- name: begin_sign_in
insert into sign_ins (hash, data, created_at) values (%(hash)s, %(data)s, %(now)s)
on conflict (hash) do update set data = excluded.data, created_at = excluded.created_at

-- name: take_sign_in
delete from sign_ins where hash = %(hash)s and created_at > %(born)s returning data

-- name: note_attempt
with old as (delete from sign_in_failures where at < %(since)s)
insert into sign_in_failures (who, at) select unnest(%(who)s::text[]), %(now)s

-- name: attempts
select asked.who, count(f.at) as times
from unnest(%(who)s::text[]) asked (who)
left join sign_in_failures f on f.who = asked.who and f.at > %(since)s
group by asked.who

-- name: forget_attempt
-- It went well: neither it nor the mistakes before it, from the same place, count any more.
delete from sign_in_failures
where who = %(pair)s or (who = any(%(who)s::text[]) and at = %(now)s)
