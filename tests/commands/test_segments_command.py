"""`relance segments list`, `count` and `export`, over people of several zones."""

import csv
import json
from datetime import timedelta

import pytest

from engine.publish import publish
from tests.commands.small_brand import WELCOME
from tests.engine.conftest import NOON

SEGMENTS = """
vip: { title: Best customers, is: contact.tier == gold }
reachable: { title: By SMS, is: "contact.country == FR and can_receive(sms, newsletter)" }
buyers: { title: Buyers, is: "did(order.placed, last 30 days)" }
today: { title: Born today, is: contact.birthdate == today }
nobody: { title: Nobody, is: contact.points > 1000000 }
"""


@pytest.fixture
def env(brand, configured):
    """Ada in Paris is gold and may get SMS, Bob may not, Cho lives a day ahead and bought something."""

    async def story(shop):
        await shop.publish(welcome=WELCOME)
        (shop.folder / "scenarios" / "segments.yaml").write_text(SEGMENTS)
        await publish(shop.database, shop.folder, author="tests", now=NOON)
        await shop.person("ada", tier="gold", birthdate="2027-02-15")
        await shop.person("bob", tier="silver", consent=["email"])
        await shop.person(
            "cho", tier="gold", country="CH", timezone="Pacific/Kiritimati", birthdate="2027-02-16"
        )
        await shop.happens("order.placed", "cho", at=NOON + timedelta(minutes=1), order_id="o1", total=5)

    brand.lives(story)
    return configured


def test_segments_are_listed_with_their_conditions(typed, env):
    told = typed("segments", "list", env=env)
    assert told.exit_code == 0, told.output
    assert "vip        contact.tier == gold" in told.output.splitlines()


@pytest.mark.parametrize(
    ("name", "people"),
    [("vip", {"ada", "cho"}), ("reachable", {"ada"}), ("buyers", {"cho"}), ("nobody", set())],
)
def test_who_is_in_a_segment_is_counted_and_exported(typed, env, name, people):
    """Whether the base can answer by itself, or each person has to be asked (`reachable`)."""
    assert typed("segments", "count", name, env=env).stdout == f"{len(people)}\n"
    told = typed("segments", "export", name, env=env)
    assert {row["id"] for row in csv.DictReader(told.stdout.splitlines())} == people


def test_a_day_is_each_persons_own(typed, env):
    """At one in the afternoon in Paris it is tomorrow already in Kiritimati."""
    told = typed("segments", "export", "today", "--format", "json", env=env)
    assert [row["id"] for row in json.loads(told.stdout)] == ["ada", "cho"]


def test_all_segments_are_counted_together(typed, env):
    told = json.loads(typed("segments", "count", "--format", "json", env=env).stdout)
    assert {each["name"]: each["people"] for each in told} == {
        "buyers": 1,
        "nobody": 0,
        "reachable": 1,
        "today": 2,
        "vip": 2,
    }


def test_an_export_goes_to_a_file(typed, env, tmp_path):
    file = tmp_path / "vip.csv"
    told = typed("segments", "export", "vip", "-o", str(file), env=env)
    assert told.stdout == ""
    assert told.stderr == f"2 people written to {file}\n"
    first = next(csv.DictReader(file.read_text().splitlines()))
    assert (first["id"], first["email"]) == ("ada", "ada@example.com")


@pytest.mark.parametrize("verb", ["count", "export"])
def test_a_segment_that_there_is_not_is_answered_with_those_that_are(typed, env, verb, tmp_path):
    file = tmp_path / "x.csv"
    words = ("-o", str(file)) if verb == "export" else ()
    told = typed("segments", verb, "vips", *words, env=env)
    assert told.exit_code == 2
    assert "there is no segment `vips`: there are buyers, nobody, reachable, today, vip" in told.stderr
    assert not file.exists()


def test_before_anything_is_published_the_verb_is_named(typed, configured):
    told = typed("segments", "list", env=configured)
    assert told.exit_code == 2
    assert "run `relance publish`" in told.stderr
