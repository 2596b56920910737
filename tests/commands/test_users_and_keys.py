"""`relance users` and `relance keys`: who is let in, said once, and written down in the audit."""

import json

import psycopg
import pytest

PASSWORD = "correct horse battery staple"


@pytest.fixture
def users(typed, configured):
    """Types a verb of users; the password is asked for twice."""

    def run(*words, password=PASSWORD):
        return typed("users", *words, env=configured, said=f"{password}\n{password}\n")

    return run


@pytest.fixture
def keys(typed, configured):
    """Types a verb of keys."""
    return lambda *words: typed("keys", *words, env=configured)


def rows(configured, statement):
    with psycopg.connect(configured["DATABASE_URL"]) as connection:
        return connection.execute(statement).fetchall()


def test_somebody_is_let_in_given_another_role_and_let_in_no_more(users, typed, configured):
    """Each leaves a line in the audit; the password is shown and kept nowhere."""
    made = users("create", "ada", "--role", "marketer")
    assert (made.exit_code, PASSWORD in made.output) == (0, False)
    assert "ada may sign in as marketer" in made.stdout
    assert users("role", "ADA", "operations").exit_code == 0
    (told,) = json.loads(users("list", "--format", "json").stdout)
    assert (told["name"], told["role"], "password_hash" in told) == ("ada", "operations", False)
    assert users("disable", "ada").exit_code == 0
    assert "disabled 20" in users("list").stdout
    lines = json.loads(typed("audit", "list", "--subject", "ada", "--format", "json", env=configured).stdout)
    assert [line["action"] for line in lines] == ["user disabled", "user created"]
    ((kept,),) = rows(configured, "select password_hash from users")
    assert kept.startswith("$argon2id$")


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_poor_password_lets_nobody_in(users, password):
    told = users("create", "ada", "--role", "viewer", password=password)
    assert told.exit_code == 2
    assert "12 to 200 characters" in told.stderr
    assert password not in told.stderr
    assert "nobody was let in yet" in users("list").stdout


def test_what_is_not_there_is_said(users):
    users("create", "ada", "--role", "viewer")
    again = users("create", "Ada", "--role", "privacy")
    assert (again.exit_code, "there is a `Ada` already" in again.stderr) == (2, True)
    for words in (("role", "eve", "viewer"), ("disable", "eve")):
        told = users(*words)
        assert (told.exit_code, "relance users list" in told.stderr) == (2, True)
    assert users("create", "eve", "--role", "king").exit_code == 2


def test_a_key_is_replaced_by_one_for_the_same_and_both_hold_for_a_while(keys, configured):
    """Then the old one is gone, without anybody doing anything."""
    old = keys("create", "shop", "--scope", "events").stdout.strip()
    told = keys("rotate", "shop", "--overlap", "48")
    new = told.stdout.strip()
    assert new.startswith("rl_")
    assert new != old
    assert "hold until" in told.stderr
    listed = json.loads(keys("list", "--format", "json").stdout)
    assert [each["scopes"] for each in listed] == [["events"], ["events"]]
    assert keys("list").stdout.count("in use until") == 1
    hours = "extract(epoch from revoked_at - now()) / 3600"
    ((left,),) = rows(configured, f"select round({hours})::int from api_keys where revoked_at is not null")
    assert left == 48


def test_rotating_again_lets_an_old_key_hold_no_longer_than_it_was_told(keys, configured):
    keys("create", "shop", "--scope", "events")
    keys("rotate", "shop", "--overlap", "1")
    keys("rotate", "shop", "--overlap", "48")
    hours = "extract(epoch from revoked_at - now()) / 3600"
    found = rows(
        configured, f"select round({hours})::int from api_keys where revoked_at is not null order by 1"
    )
    assert found == [(1,), (48,)]


def test_revoking_ends_the_keys_that_were_replaced_too(keys):
    keys("create", "shop", "--scope", "events")
    keys("rotate", "shop")
    assert "2 keys of shop revoked" in keys("revoke", "shop").stdout
    assert keys("revoke", "shop").exit_code == 2
    assert keys("rotate", "shop").exit_code == 2
