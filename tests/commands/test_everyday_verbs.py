"""`relance dev`, `db`, `keys`, `event`, `explain` and a verb that there is not, as they are typed."""

import fcntl
import json
from contextlib import chdir

import psycopg
import pytest


def test_an_unknown_verb_is_answered_with_the_nearest(typed):
    told = typed("chek")
    assert told.exit_code == 2
    assert told.stderr.strip() == "Error: there is no verb `chek`. Did you mean `relance check`?"


def test_a_verb_like_no_other_is_answered_with_the_list(typed):
    assert "See `relance --help`" in typed("frobnicate").stderr


def test_an_unknown_code_says_where_codes_are_found(typed):
    told = typed("explain", "X1")
    assert told.exit_code == 2
    assert "`relance check` prints them in brackets" in told.stderr


# dev


def test_dev_on_a_taken_port_names_the_option(typed, tmp_path, taken):
    told = typed("dev", "--port", str(taken), "--data", str(tmp_path))
    assert told.exit_code == 2
    assert told.stderr.strip().endswith(f"choose another with --port {taken + 1}")


def test_dev_in_a_folder_where_another_runs_names_the_option(typed, tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = typed("dev", "--data", str(tmp_path))
    assert told.exit_code == 2
    assert told.stderr == (
        f"relance: another Relance runs in {tmp_path}: stop it, or choose another folder with --data\n"
    )


def test_dev_over_a_database_that_is_away_says_so(typed, tmp_path, free_port):
    env = {"DATABASE_URL": "postgresql://127.0.0.1:1/relance", "TEMPORAL_ADDRESS": "127.0.0.1:1"}
    told = typed("dev", "--port", str(free_port), "--data", str(tmp_path), env=env)
    assert told.exit_code == 2
    assert told.stderr.startswith("relance: the database does not answer: ")


@pytest.mark.parametrize("verb", ["dev", "demo"])
def test_a_folder_without_scenarios_is_left_as_it_is(typed, tmp_path, verb):
    """Nothing is started, and nothing is written."""
    with chdir(tmp_path):
        told = typed(verb)
    assert told.exit_code == 2
    assert told.stderr == (
        f"relance: there is no folder `scenarios` in {tmp_path}: start in the project's folder\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_day_too_short_for_a_real_server_is_refused(typed):
    told = typed("dev", "--day", "1s")
    assert told.exit_code == 2
    assert "at least 2s" in told.stderr


# db migrate


def test_a_new_database_gets_its_tables_once(typed, empty_url):
    env = {"DATABASE_URL": empty_url, "RELANCE_SECRET_KEYS": "k" * 40}
    assert "applied 0001_core.sql" in typed("db", "migrate", env=env).output.splitlines()
    assert typed("db", "migrate", env=env).output == "the database is up to date\n"


def test_a_database_of_a_newer_version_is_left_alone(typed, configured):
    with psycopg.connect(configured["DATABASE_URL"]) as connection:
        connection.execute(
            "insert into schema_migrations (number, name, sha256) values (9999, '9999_x.sql', '')"
        )
    told = typed("db", "migrate", env=configured)
    assert told.exit_code == 2
    assert "it was migrated by a newer version; run that one" in told.stderr


# publish


def test_publishing_what_is_no_project_names_the_variable(typed, configured, tmp_path):
    told = typed("publish", env=configured | {"RELANCE_PROJECT": str(tmp_path)})
    assert told.exit_code == 2
    assert "set RELANCE_PROJECT" in told.stderr


# keys


def test_a_key_is_shown_once_and_ends_when_it_is_revoked(typed, configured):
    made = typed("keys", "create", "shop", "--scope", "events", env=configured)
    assert made.output.splitlines()[0].startswith("rl_")
    listed = typed("keys", "list", env=configured).output
    assert listed.split()[:2] == ["shop", "events"]
    assert made.output.splitlines()[0] not in listed
    assert typed("keys", "revoke", "shop", env=configured).output == "1 key of shop revoked\n"
    (row,) = json.loads(typed("keys", "list", "--format", "json", env=configured).output)
    assert row["revoked_at"] is not None


def test_a_scope_or_a_key_that_there_is_not_is_answered_with_those_that_are(typed, configured):
    told = typed("keys", "create", "shop", "--scope", "evnts", env=configured)
    assert told.exit_code == 2
    assert "scopes are events, contacts, runs, tasks, studio" in told.stderr
    told = typed("keys", "revoke", "nobody", env=configured)
    assert told.exit_code == 2
    assert "see `relance keys list`" in told.stderr


# event


def test_an_event_counts_once(typed, shop):
    words = ("event", "order.placed", "--contact", "c_1", "--with", "total=25", "--id", "o1")
    assert typed(*words, env=shop).output == "taken\n"
    assert typed(*words, env=shop).output == "known already: nothing was done\n"


def test_an_event_is_raised_by_what_is_known_of_its_person(typed, shop):
    """Addresses and ids elsewhere lead to them; a mistake repeats the kind and not the value."""
    told = typed("event", "order.placed", "--identity", "email=ADA@example.com", env=shop)
    assert told.output == "taken\n", told.stderr
    told = typed("event", "order.placed", "--identity", "email=eve@example.com", env=shop)
    assert told.exit_code == 2
    assert "nobody has this `email`" in told.stderr
    told = typed("event", "order.placed", "--identity", "eve@example.com", env=shop)
    assert "--identity takes KIND=VALUE" in told.stderr
    assert "eve@" not in told.stderr


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("order.placed",), "give `contact` or `identities`"),
        (("order.placed", "--contact", "nobody"), "create it first with PUT /v1/contacts/{id}"),
        (("order.place", "--contact", "c_1"), "did you mean `order.placed`?"),
        (("order.placed", "--contact", "c_1", "--with", "totl=1"), "did you mean `total`?"),
        (("order.placed", "--contact", "c_1", "--with", "total=lots"), "expected an amount like 12.5"),
        (("message.sent", "--contact", "c_1"), "raised by Relance itself"),
        (("order.placed", "--contact", "c_1", "--with", "total"), "--with takes KEY=VALUE, not `total`"),
    ],
)
def test_an_event_that_cannot_be_taken_says_what_to_do(typed, shop, words, remedy):
    told = typed("event", *words, env=shop)
    assert told.exit_code == 2
    assert remedy in told.stderr


def test_an_event_before_anything_is_published_names_the_verb(typed, configured):
    told = typed("event", "order.placed", "--contact", "c_1", env=configured)
    assert told.exit_code == 2
    assert "run `relance publish`" in told.stderr
