"""`relance contacts import`: files that end an import, and imports that are tried, stopped and resumed."""

import psycopg
import pytest

from tests.commands.imports.customers import HEADER, rows


def test_a_silent_import_tells_of_no_consent_either(imported, env):
    """A first base does not get a welcome, and its consents are in the ledger all the same."""
    mapping = "columns: { news: { consent: newsletter.email } }\n"
    imported("id,news\nc1,yes\nc2,no\n", "--silent", mapping=mapping)
    assert rows(env, "select state from consents order by contact_id") == [("granted",), ("withdrawn",)]
    assert rows(env, "select count(*) from events") == [(0,)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "there is no header"),
        ("\n", "there is no header"),
        ("id,email,email\n", "two columns are named `email`"),
        ("id,,email\n", "column 2 has no name"),
        ("email\na@example.com\n", "no column of the contacts' ids `id`"),
        ("id,emial\nc1,a@example.com\n", "did you mean `email`?"),
        ("id,engagement_x\nc1,a\n", "declare it in catalog.yaml"),
        ('id,email\nc1,"a@example.com\nc2,b@example.com\n', "a quotation mark is opened and never closed"),
        ('id,email\nc1,"a"b\n', "text follows a closed quotation mark"),
        ("id,email\nc1,é\n".encode("cp1252"), "--encoding cp1252"),
        (",".join(f"c{n}" for n in range(3_000)) + "\n", "the header is too long"),
        (b"x," * 3_000_000, "the header is too long"),
        (b"id,email\n" + b"c1,a@example.com\n" * 50_000 + b"c2,\xe9\n", "byte 0xe9"),
        ("id,email\nc1,a@example.com\n".encode("utf-16-le"), "line 1: holds NUL characters"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "save it as CSV first"),
    ],
)
def test_a_broken_file_changes_nothing_and_says_where(imported, env, content, reason):
    told = imported(content)
    assert told.exit_code == 2, told.output
    assert reason in told.stderr
    assert "Traceback" not in told.stderr
    assert rows(env, "select count(*) from contacts") == [(0,)]


def test_a_file_that_is_not_of_the_encoding_that_is_said_names_the_line_and_the_remedy(imported, env):
    told = imported(b"id,email\nc1,a@example.com\n", "--encoding", "utf-16")
    assert told.exit_code == 2
    assert "line 1: is not UTF-16" in told.stderr
    assert "leave `--encoding` out" in told.stderr
    assert rows(env, "select count(*) from contacts") == [(0,)]


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(imported, env):
    imported(HEADER + "c1;a@example.com;;gold;;;\n")
    told = imported(HEADER + "c1;;;silver;;;\nc2;;;gold;;;\nc3;x;;;;;\n", "--dry-run")
    assert told.stdout.startswith("2 rows accepted: 1 person would be created, 1 would be changed\n")
    assert rows(env, "select id, attributes ->> 'tier' from contacts") == [("c1", "gold")]
    assert rows(env, "select count(*) from import_rows") == [(0,)]


def test_a_silent_import_starts_nothing(imported, env):
    imported(HEADER + "c1;a@example.com;;gold;;;\n", "--silent")
    assert rows(env, "select count(*) from events") == [(0,)]
    assert rows(env, "select count(*) from attribute_history") == [(2,)]


def test_two_imports_do_not_run_at_once(imported, env):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        connection.execute("select pg_advisory_lock(hashtext('relance import'))")
        told = imported(HEADER + "c1;a@example.com;;gold;;;\n")
    assert told.exit_code == 2
    assert "wait until it is done" in told.stderr
    assert rows(env, "select count(*) from contacts") == [(0,)]


def test_an_import_that_was_stopped_goes_on_where_it_was(imported, env):
    """Stopped between two batches: the staged rows and the place are in the database."""
    lines = "".join(f"c{n};;;gold;{n};;\n" for n in range(20_001))
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "create function stop() returns trigger language plpgsql as "
            "$$ begin raise exception 'the lights went out'; end $$"
        )
        connection.execute(
            "create trigger stop before insert on contacts for each row when (new.id = 'c20000') "
            "execute function stop()"
        )
        stopped = imported(HEADER + lines)
        assert stopped.exit_code != 0
        assert connection.execute("select count(*) from contacts").fetchone() == (20_000,)
        connection.execute("drop trigger stop on contacts")
    rehearsed = imported(HEADER + lines, "--dry-run")
    assert rehearsed.stdout == "20001 rows accepted: 1 person would be created, 0 would be changed\n"
    told = imported(HEADER + lines)
    assert told.stdout.splitlines() == [
        "went on with the import of this file that had stopped",
        "20001 rows accepted: 20001 people created, 0 changed",
    ]


def test_a_bad_mapping_names_its_place(imported, env):
    told = imported(HEADER, mapping="columns: { email: { consent: newsletter } }\n")
    assert told.exit_code == 2
    assert "columns.email.consent: is a topic and a channel, like newsletter.email" in told.stderr
    told = imported(HEADER, mapping="dates: backwards\n")
    assert "dates: Input should be 'iso', 'day/month/year' or 'month/day/year'" in told.stderr


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--encoding", "nope"), "--encoding: is no encoding: utf-8, cp1252 and utf-16 are usual"),
        (("--delimiter", "||"), "--delimiter: is one character, like `;`"),
    ],
)
def test_an_option_that_no_file_can_have_says_what_it_takes(imported, env, options, remedy):
    told = imported(HEADER, *options)
    assert (told.exit_code, told.stderr) == (2, f"relance: {remedy}\n")
