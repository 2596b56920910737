"""`relance export`, as it is typed."""

import csv
import io
import json
from contextlib import nullcontext
from datetime import timedelta

import psycopg
import pytest
from pyarrow import parquet

from engine.exports.exporting import Asked, export
from tests.commands.small_brand import ada_is_greeted
from tests.engine.conftest import NOON


@pytest.fixture
def env(brand, configured):
    """Ada, golden, was greeted; Bob is there and nothing happened to him."""

    async def story(shop):
        await ada_is_greeted(shop)
        await shop.person("bob", consent=(), now=NOON - timedelta(days=9), points=3)
        await shop.person("ada", consent=(), tier="gold", birthdate="1984-02-29")

    brand.lives(story)
    return configured


def read(typed, env, *words):
    told = typed("export", *words, env=env)
    assert told.exit_code == 0, told.output
    return list(csv.DictReader(io.StringIO(told.stdout)))


def test_contacts_have_a_column_for_each_attribute_that_is_stored(typed, env):
    ada, bob = read(typed, env, "contacts")
    assert (ada["id"], ada["tier"], ada["birthdate"], ada["points"]) == ("ada", "gold", "1984-02-29", "")
    assert (bob["email"], bob["points"]) == ("bob@example.com", "3")
    assert "engagement" not in ada


def test_a_segment_chooses_the_people(typed, env):
    assert [row["id"] for row in read(typed, env, "contacts", "--segment", "vip")] == ["ada"]
    assert {row["contact"] for row in read(typed, env, "consents", "--segment", "vip")} == {"ada"}
    unknown = typed("export", "contacts", "--segment", "vup", env=env)
    assert unknown.exit_code == 2
    assert "vip" in unknown.stderr


def test_messages_and_events_tell_what_happened_in_a_span(typed, env):
    (message,) = [row for row in read(typed, env, "messages") if row["state"] == "sent"]
    assert (message["contact"], message["scenario"], message["message"]) == ("ada", "welcome", "m1")
    names = [row["name"] for row in read(typed, env, "events", "--since", NOON.date().isoformat())]
    assert "contact.subscribed" in names
    assert read(typed, env, "events", "--until", "2020-01-01") == []


def test_json_lines_leave_out_what_is_unknown(typed, env):
    told = typed("export", "contacts", "--format", "jsonl", env=env)
    ada, bob = map(json.loads, told.stdout.splitlines())
    assert ada["tier"] == "gold"
    assert "tier" not in bob


def test_parquet_has_typed_columns(typed, env, tmp_path):
    told = typed("export", "contacts", "-o", str(tmp_path / "people.parquet"), env=env)
    assert told.exit_code == 0, told.output
    found = parquet.read_table(tmp_path / "people.parquet")
    types = {field.name: str(field.type) for field in found.schema}
    assert (types["birthdate"], types["points"], types["created_at"]) == (
        "date32[day]",
        "double",
        "timestamp[us, tz=UTC]",
    )
    assert found.column("points").to_pylist() == [None, 3.0]


def test_parquet_needs_a_file(typed, env):
    told = typed("export", "contacts", "--format", "parquet", env=env)
    assert told.exit_code == 2
    assert told.stderr == "relance: Parquet is written to a file: say which by -o\n"


def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(typed, env, tmp_path):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        connection.execute("update contacts set locale = '=cmd()' where id = 'ada'")
    ada, _ = read(typed, env, "contacts")
    assert ada["locale"] == "'=cmd()"
    assert ada["phone"].startswith("+33")


def test_an_export_is_in_the_audit(typed, env):
    read(typed, env, "contacts", "--segment", "vip")
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        statement = "select subject, data from audit where action = 'export'"
        ((subject, data),) = connection.execute(statement).fetchall()
    assert subject == "contacts"
    assert (data["rows"], data["segment"]) == (1, "vip")
    assert "ada" not in json.dumps(data)


@pytest.mark.parametrize("words", [("--since", "yesterday"), ("-o", "/nowhere/x.csv")])
def test_what_cannot_be_done_is_said_in_one_line(typed, env, words):
    told = typed("export", "events", *words, env=env)
    assert told.exit_code == 2
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("breaks", [False, True])
def test_the_audit_tells_of_an_export_whatever_else_is_written_to_it_meanwhile(env, brand, breaks):
    """Even of one that breaks off: what was written by then is out."""

    async def story(shop):
        def meanwhile(_rows):
            with psycopg.connect(env["DATABASE_URL"]) as connection:
                connection.execute(
                    "insert into audit (at, actor, action, subject) values (now(), 'x', 'x', 'x')"
                )
            if breaks:
                raise OSError("the disk is full")

        asked = Asked("contacts", "csv")
        with pytest.raises(OSError, match="full") if breaks else nullcontext():
            await export(
                shop.database, shop.plans, asked, io.StringIO(), actor="ada", now=NOON, tick=meanwhile
            )
        told = await shop.rows("select action, data -> 'rows' as rows from audit order by place desc limit 2")
        assert [(row["action"], row["rows"]) for row in told] == [("export", 2), ("x", None)]

    brand.lives(story)
