"""`relance privacy`, as it is typed."""

import io
import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from engine.ingest import Incoming, ingest
from tests.commands.small_brand import ada_is_greeted
from tests.engine.conftest import NOON, POLICY, write_project

RETENTION = POLICY + "retention: { inactive_contacts: 3 years, events: 4 years, messages: 2 years }\n"


@pytest.fixture
def env(brand, configured):
    """Ada, French and golden, was greeted and has bought."""

    async def story(shop):
        await ada_is_greeted(shop)
        await shop.person("ada", consent=(), tier="gold", locale="fr")
        await shop.happens("order.placed", order_id="o-1", total=12, at=NOON + timedelta(minutes=30))

    brand.lives(story)
    return configured


def rows(env, statement, *values):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def archive(typed, env, tmp_path):
    told = typed("privacy", "export", "ada", "-o", str(tmp_path / "ada.zip"), env=env)
    assert told.exit_code == 0, told.output
    with zipfile.ZipFile(io.BytesIO((tmp_path / "ada.zip").read_bytes())) as file:
        return file.read("index.html").decode(), json.loads(file.read("data.json"))


def test_people_get_a_page_in_their_language_and_json(typed, env, tmp_path):
    page, data = archive(typed, env, tmp_path)
    assert '<html lang="fr">' in page
    assert "Vos données chez Maison Verte" in page
    assert "ada@example.com" in page
    assert "http" not in page, "a page that loads nothing from elsewhere"
    attributes = {each["name"]: each for each in data["attributes"]}
    assert attributes["email"]["value"] == "ada@example.com"
    assert attributes["email"]["purpose"] == "contact"
    assert attributes["tier"]["since"].startswith("2027-02-14")
    assert data["segments"] == ["vip"]


def test_what_was_done_together_is_told_from_the_beginning(typed, env, tmp_path):
    """In their language on the page, and whole in the JSON: which way, through what, with what outcome."""
    page, data = archive(typed, env, tmp_path)
    told = [(each["name"], each["direction"], each["medium"]) for each in data["timeline"]]
    assert [each for each in told if each[1]] == [
        ("newsletter", "in", None),
        ("newsletter", "in", None),
        ("contact.subscribed", "in", None),
        ("m1", "out", "email"),
        ("order.placed", "in", None),
    ]
    assert "Ce que nous avons vécu ensemble" in page
    assert "<td>de nous à vous</td><td>email</td><td>m1</td>" in page


def test_every_table_that_knows_the_person_is_in_the_json(typed, env, tmp_path):
    _, data = archive(typed, env, tmp_path)
    naming = rows(
        env,
        "select relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'contact_id'",
    )
    for (table,) in naming:
        (count,) = rows(env, f"select count(*) from {table} where contact_id = 'ada'")[0]
        assert len(data["records"].get(table, ())) == count, table
    assert data["records"]["messages"][0]["state"] == "sent"


def test_what_they_said_cannot_run_in_the_page(typed, env, tmp_path, brand):
    async def hostile(shop):
        event = Incoming(
            "x", "order.placed", "ada", NOON, {"order_id": "<script>alert(1)</script>", "total": 1}
        )
        await ingest(shop.database, shop.plans, [event], source="shop", now=NOON + timedelta(hours=1))

    brand.lives(hostile)
    page, _ = archive(typed, env, tmp_path)
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_who_took_an_archive_is_in_the_audit(typed, env, tmp_path):
    archive(typed, env, tmp_path)
    assert rows(env, "select action, subject from audit where action = 'access'") == [("access", "ada")]


def test_nobody_has_no_archive(typed, env):
    told = typed("privacy", "export", "bob", env=env)
    assert (told.exit_code, told.stderr) == (2, "relance: there is no contact `bob` in the base\n")


def test_a_person_is_forgotten_when_it_is_said_twice(typed, env):
    asked = typed("privacy", "erase", "ada", env=env)
    assert asked.exit_code == 2
    assert "--yes" in asked.stderr
    told = typed("privacy", "erase", "ada", "--yes", env=env)
    assert told.stdout == "ada was forgotten\n"
    assert rows(env, "select email, attributes from contacts") == [(None, {})]
    asked = json.loads(typed("privacy", "erasures", "--format", "json", env=env).stdout)
    assert [(each["contact_id"], each["provider"], each["state"]) for each in asked] == [
        ("ada", "tests", "open")
    ]
    assert "open" in typed("privacy", "erasures", env=env).stdout
    again = typed("privacy", "erase", "ada", "--yes", env=env)
    assert again.exit_code == 2


def test_nobody_is_forgotten_where_the_search_that_was_asked_for_cannot_be_made(typed, env):
    """What tells who it was goes with the person: afterwards nothing could be looked for."""
    away = env | {"TEMPORAL_ADDRESS": "127.0.0.1:1"}
    told = typed("privacy", "erase", "ada", "--yes", "--search", env=away)
    assert told.exit_code == 2
    assert "Temporal" in told.stderr
    assert rows(env, "select email from contacts") == [("ada@example.com",)]


def test_a_search_that_breaks_off_says_that_the_person_was_forgotten(typed, env, temporal_address, tmp_path):
    unreadable = tmp_path / "a.log"
    unreadable.write_text("ada@example.com")
    unreadable.chmod(0)
    if os.access(unreadable, os.R_OK):
        unreadable = Path("/proc/self/mem")
    words = ("privacy", "erase", "ada", "--yes", "--search", "--files", str(unreadable))
    told = typed(*words, env=env | {"TEMPORAL_ADDRESS": temporal_address})
    assert told.exit_code == 2
    assert "ada was forgotten, but the search" in told.stderr
    assert rows(env, "select email from contacts") == [(None,)]


def test_words_of_a_file_that_begins_with_a_mark_are_found(typed, env, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("ada@example.com\n", "utf-8-sig")
    told = typed("privacy", "search", "--words", str(words), "--format", "json", env=env)
    assert told.exit_code == 1, told.output
    assert "table contacts" in {each["place"] for each in json.loads(told.stdout)["found"]}


def test_words_that_are_not_readable_are_no_traceback(typed, env, tmp_path):
    words = tmp_path / "words.txt"
    words.write_bytes("Zoé".encode("cp1252"))
    told = typed("privacy", "search", "--words", str(words), env=env)
    assert (told.exit_code, "not UTF-8" in told.stderr) == (2, True)


@pytest.fixture
def kept(brand, env):
    """The same brand three and a half years later, with a policy that says how long; returns the purge."""

    async def publish(shop):
        await shop.publish(policy=RETENTION)

    brand.lives(publish)
    return env


def purge(typed, brand, env, years, *words):
    brand.clock_at(NOON + timedelta(days=365 * years))
    told = typed("privacy", "purge", "--format", "json", *words, env=env)
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_somebody_who_has_done_nothing_for_three_years_is_forgotten(typed, brand, kept):
    assert purge(typed, brand, kept, 2.9)["people"] == 0
    assert purge(typed, brand, kept, 3.1, "--dry-run")["people"] == 1
    assert rows(kept, "select email from contacts") == [("ada@example.com",)]
    assert purge(typed, brand, kept, 3.1)["people"] == 1
    assert rows(kept, "select email from contacts") == [(None,)]
    assert rows(kept, "select count(*) from suppressions") == [(0,)], "they never objected"


def test_a_consent_that_was_imported_without_a_sound_keeps_somebody(typed, brand, kept):
    rows(
        kept,
        "insert into consents (contact_id, topic, channel, state, basis, source, at, recorded_at)"
        " values ('ada', 'newsletter', 'email', 'granted', 'consent', 'till', %s, %s)",
        NOON + timedelta(days=365),
        NOON + timedelta(days=365),
    )
    assert purge(typed, brand, kept, 3.1)["people"] == 0


def test_an_old_event_that_came_lately_stays_until_it_cannot_come_again(typed, brand, kept):
    """Its key is what makes it count once; and what is still to be routed is nobody's to take away."""
    at, later = NOON - timedelta(days=365 * 5), NOON + timedelta(days=29)
    rows(
        kept,
        "with new as (insert into events (source, id, name, contact_id, at, recorded_at)"
        " values ('x', 'old', 'order.placed', 'ada', %s, %s), ('x', 'held', 'order.placed', 'ada', %s, %s)"
        " returning *), keys as (insert into event_keys select source, id, seq from new)"
        " insert into set_aside (seq, at, contact_id, partition, since, error)"
        " select seq, at, contact_id, 0, at, 'x' from new where id = 'held'",
        at,
        later,
        at,
        later,
    )
    assert purge(typed, brand, kept, 30 / 365)["events"] == 0
    assert purge(typed, brand, kept, 60 / 365, "--dry-run")["events"] == 1
    assert purge(typed, brand, kept, 60 / 365)["events"] == 1
    assert rows(kept, "select id from event_keys where source = 'x'") == [("held",)]


@pytest.mark.parametrize(
    ("event", "stays"), [("message.opened", False), ("message.clicked", True), ("order.placed", True)]
)
def test_a_click_or_an_order_keeps_somebody_and_an_open_does_not(typed, brand, kept, event, stays):
    at = NOON + timedelta(days=365)
    rows(
        kept,
        "insert into events (source, id, name, contact_id, at, recorded_at)"
        " values ('x', 'x', %s, 'ada', %s, %s)",
        event,
        at,
        at,
    )
    assert purge(typed, brand, kept, 3.1)["people"] == (0 if stays else 1)


def test_old_messages_and_events_go_with_what_was_said_of_them(typed, brand, kept):
    done = purge(typed, brand, kept, 4.2)
    assert done["messages"] == 1
    assert done["events"] > 0
    assert rows(kept, "select count(*) from events") == [(0,)]
    assert rows(kept, "select count(*) from event_keys") == [(0,)]
    assert rows(kept, "select count(*) from runs") != [(0,)], "entry rules ask whether somebody was ever in"
    assert rows(kept, "select action from audit where action = 'purge'") == [("purge",)]


def test_a_value_goes_when_nobody_has_said_it_again(typed, brand, env):
    async def story(shop):
        folder = shop.folder
        write_project(folder, {}, policy=POLICY)
        catalog = folder / "scenarios/catalog.yaml"
        catalog.write_text(
            catalog.read_text().replace("purpose: birthday }", "purpose: birthday, keep: 1 year }")
        )
        await shop.person("ada", consent=(), birthdate="1984-02-29")

    brand.lives(story)

    async def published(shop):
        from engine.publish import publish  # noqa: PLC0415

        await publish(shop.database, shop.folder, author="tests", now=NOON)

    brand.lives(published)
    assert purge(typed, brand, env, 0.9)["values"] == {"birthdate": 0}
    assert purge(typed, brand, env, 1.1)["values"] == {"birthdate": 1}
    assert rows(env, "select attributes ->> 'birthdate', attributes ->> 'tier' from contacts") == [
        (None, "gold")
    ]
    assert rows(env, "select count(*) from attribute_history where attribute = 'birthdate'") == [(0,)]
    told = rows(env, "select properties from events where name = 'contact.changed'")
    assert told, "that it changed is still known"
    assert "1984" not in str(told)


def test_the_register_names_purposes_bases_and_what_nothing_uses(typed, tmp_path):
    told = typed("privacy", "register", "--format", "json", env={"RELANCE_EMAIL": "sendgrid"})
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    activities = {each["name"]: each for each in found["activities"]}
    letters = activities["messages: News and offers"]
    assert letters["basis"].startswith("consent")
    assert letters["recipients"] == ["sendgrid", "sms"]
    assert "birthday" in letters["scenarios"]
    assert activities["birthday offer"]["data"] == ["contact.birthdate"]
    unused = [each["name"] for each in found["collected"] if not each["used_by"]]
    assert "contact.last_name" in unused
    assert "contact.first_name" not in unused
    page = tmp_path / "register.html"
    assert typed("privacy", "register", "-o", str(page)).exit_code == 0
    assert "legitimate interest" in page.read_text()
