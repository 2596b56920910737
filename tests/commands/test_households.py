"""A household in what people read: why, the contact, a merge, and archives that say nothing of the others."""

import json
from zipfile import ZipFile

import pytest

from engine.privacy import erase
from tests.commands.small_brand import WELCOME
from tests.engine.conftest import NOON
from tests.engine.test_households import AT_HOME, HOME, policy


@pytest.fixture
def env(brand, configured):
    """Ada got the one message of their home; Bob's is refused. Cyd lives elsewhere."""

    async def story(shop):
        await shop.publish(policy=policy(1, 7, on_cap="drop"), catalog=AT_HOME, welcome=WELCOME)
        for name, home in (("ada", "h_1"), ("bob", "h_1"), ("cyd", "h_2")):
            await shop.person(name, **{HOME: home})
        await shop.happens("contact.subscribed", "ada", list="newsletter")
        await shop.sent("ada")
        await shop.happens("contact.subscribed", "bob", list="newsletter")

    brand.lives(story)
    return configured


@pytest.fixture
def lines(typed, env):
    """What a verb says, line by line; it must succeed."""

    def ask(*words):
        told = typed(*words, env=env)
        assert told.exit_code == 0, told.output
        return [" ".join(line.split()) for line in told.stdout.splitlines()]

    return ask


def test_why_names_the_message_to_somebody_else_and_not_what_it_was(lines):
    told = lines("why", "bob", "welcome")
    assert any(
        "the limit of at most 1 email to a household per 7 days was full with 1" in line for line in told
    )
    (filled,) = (line for line in told if line.startswith("filled by"))
    assert filled.endswith("to ada, of the household, by email, left Mon 15 Feb 2027 at 12:00")
    assert "m1" not in filled


def test_the_same_as_json(lines):
    found = json.loads("".join(lines("why", "bob", "welcome", "--format", "json")))
    decisions = found["scenarios"][0]["runs"][0]["decisions"]
    (filler,) = next(line["filled_by"] for line in decisions if line["what"] == "not_sent")
    assert (filler["contact"], filler["message"], filler["scenario"]) == ("ada", None, None)


def test_a_contact_is_shown_with_who_lives_there(lines):
    assert lines("contacts", "show", "bob")[1] == "household h_1: ada, bob"
    found = json.loads("".join(lines("contacts", "show", "cyd", "--format", "json")))
    assert found["household"] == {"household": "h_2", "members": ["cyd"], "more": False}


def test_a_merge_says_which_household_is_kept(lines):
    told = lines("contacts", "merge", "cyd", "ada", "--dry-run")
    assert "household h_2 and h_1 h_2; messages count where they went" in told


def test_what_went_to_others_is_in_nobody_elses_archive(lines, rows_of, tmp_path):
    """It is in what his decision rested on, and neither that nor who she is goes out with him."""
    (recorded,) = rows_of("select facts from transitions where contact_id = 'bob' and facts ? 'household'")
    (hers,) = rows_of("select id from messages where contact_id = 'ada'")
    assert [each["id"] for each in recorded["facts"]["household"]] == [hers["id"]]
    path = tmp_path / "bob.zip"
    lines("privacy", "export", "bob", "-o", str(path))
    with ZipFile(path) as archive:
        records = json.loads(archive.read("data.json"))["records"]
    assert not any("household" in row["facts"] for row in records["transitions"])
    refused = next(row["data"] for row in records["trail"] if row["what"] == "not_sent")
    assert "others" not in refused
    assert "ada" not in json.dumps(records)


@pytest.fixture
def rows_of(brand, env):
    """Rows of a statement."""
    return lambda sql: brand.lives(lambda shop: shop.rows(sql))


def test_who_is_erased_lives_nowhere_any_more(brand, lines):
    async def story(shop):
        await erase(shop.database, shop.plans, "ada", source="tests", now=NOON)

    brand.lives(story)
    assert lines("contacts", "show", "bob")[1] == "household h_1: bob"
    (filled,) = (line for line in lines("why", "bob") if line.startswith("filled by"))
    assert "to ada, of the household" in filled, "an id tells nobody any more who it was"
