"""`relance audit`: what was done is listed, and whoever tampers with it is found out."""

import json

import psycopg
import pytest

from tests.commands.small_brand import WELCOME


@pytest.fixture
def env(brand, configured, typed):
    """A brand that published, paused and resumed."""
    brand.lives(lambda shop: shop.publish(welcome=WELCOME))
    typed("pause", "email", env=configured)
    typed("resume", "email", env=configured)
    return configured


def tamper(env, *statements):
    """What somebody with the rights of the owner could do."""
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        connection.execute("alter table audit disable trigger user")
        for statement in statements:
            connection.execute(statement)
        connection.execute("alter table audit enable trigger user")


def test_what_was_done_is_listed_newest_first(typed, env):
    told = typed("audit", "list", "--format", "json", env=env)
    assert [each["action"] for each in json.loads(told.stdout)] == ["resume", "pause", "publish"]
    only = typed("audit", "list", "--action", "publish", env=env)
    assert len(only.stdout.splitlines()) == 2


def test_an_audit_that_nobody_touched_is_whole(typed, env):
    told = typed("audit", "verify", env=env)
    assert (told.exit_code, told.stdout) == (0, "the audit is whole\n")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update audit set actor = 'nobody' where place = 2", "line 2"),
        ("delete from audit where place = 2", "line 3"),
        ("delete from audit where place = 3", "the last lines are missing: 3 were written, 2 are there"),
        (
            "insert into audit overriding system value values (9, now(), 'x', 'y', '', '{}', 4, sha256(''))",
            "line 4",
        ),
    ],
)
def test_a_line_that_was_changed_added_or_removed_is_found(typed, env, statement, said):
    tamper(env, statement)
    told = typed("audit", "verify", env=env)
    assert told.exit_code == 1
    assert said in told.stdout


@pytest.mark.parametrize("statement", ["update audit set actor = 'x'", "delete from audit", "truncate audit"])
def test_the_database_refuses_to_change_the_audit(env, statement):
    with (
        psycopg.connect(env["DATABASE_URL"]) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="append only"),
    ):
        connection.execute(statement)


def test_lines_that_are_written_at_the_same_time_form_one_chain(typed, env):
    """The second waits for the first, and seals what the first wrote."""
    line = "insert into audit (at, actor, action, subject) values (now(), 'x', 'pause', 'y')"
    with psycopg.connect(env["DATABASE_URL"]) as first, psycopg.connect(env["DATABASE_URL"]) as second:
        first.execute(line)
        second.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(line)
        second.rollback()
        first.commit()
        second.execute(line)
    assert typed("audit", "verify", env=env).exit_code == 0
