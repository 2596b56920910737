"""The line of the audit that each look at a person leaves, whichever verb shows them."""

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
