"""The line of the audit that each look at a person leaves, whichever verb shows them."""

import pwd

import psycopg
import pytest

from tests.commands.small_brand import ada_is_greeted

SHOWING = (
    ("contacts", "show", "ada"),
    ("contacts", "timeline", "ada"),
    ("preview", "welcome_hello", "--contact", "ada"),
    ("replay", "1"),
    ("runs", "show", "1"),
    ("why", "ada"),
)


@pytest.fixture
def env(brand, configured):
    """Marie types; Ada subscribed and was greeted."""
    brand.lives(ada_is_greeted)
    return configured | {"LOGNAME": "marie"}


def seen(env):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        return connection.execute(
            "select actor, subject, data from audit where action = 'see' order by place"
        ).fetchall()


def test_each_look_at_a_person_is_in_the_audit(typed, env):
    """By the account that typed it, with the verb."""
    for words in SHOWING:
        told = typed(*words, env=env)
        assert told.exit_code == 0, told.output
    places = [" ".join(("relance", *words[:-1])) for words in SHOWING]
    places[2] = "relance preview"
    assert seen(env) == [("marie", "ada", {"place": place, "masked": False}) for place in places]


def test_a_look_at_nobody_leaves_no_line(typed, env):
    for words in SHOWING:
        nobody = "99" if words[-1] == "1" else "bob"
        assert typed(*words[:-1], nobody, env=env).exit_code == 2
    assert typed("preview", "welcome_hello", env=env).exit_code == 0
    assert seen(env) == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [("default_transaction_read_only = on", "read-only"), ("role = pg_read_all_data", "permission denied")],
)
def test_nobody_is_shown_where_no_line_can_be_written(typed, env, setting, said):
    """On a standby, say, or by a user who may only read: in a line that names the remedy."""
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database {name} set {setting}".encode())
    for words in SHOWING:
        told = typed(*words, env=env)
        assert told.exit_code == 2, words
        assert said in told.stderr
        assert "DATABASE_URL must name the primary" in told.stderr
        assert "ada" not in told.stdout


def test_an_account_without_a_name_is_said_by_its_number(typed, env, monkeypatch):
    """As in a container that runs as a user whom it does not know."""

    def unknown(number):
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    told = typed("runs", "show", "1", env={name: value for name, value in env.items() if name != "LOGNAME"})
    assert told.exit_code == 0, told.output
    ((actor, subject, _),) = seen(env)
    assert (actor.partition(" ")[0], subject) == ("uid", "ada")


def test_a_mistake_in_what_is_typed_is_told_before_anybody_is_looked_up(typed, env):
    told = typed("preview", "welcome_hello", "--contact", "ada", "--with", "code", env=env)
    assert told.exit_code == 2
    assert seen(env) == []


def test_a_page_that_cannot_be_written_is_said_in_a_line(typed, env):
    told = typed("preview", "welcome_hello", "--output", "/nowhere/x.html", env=env)
    assert told.exit_code == 2
    assert "/nowhere/x.html cannot be written" in told.stderr
