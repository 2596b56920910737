"""`relance contacts merge` and `unmerge`, as they are typed."""

import json

import pytest

from engine.publish import publish
from tests.commands.small_brand import ada_is_greeted
from tests.engine.conftest import NOON


@pytest.fixture
def env(brand, configured):
    """Ada was greeted; Bob is in the base too."""

    async def story(shop):
        await ada_is_greeted(shop)
        await shop.person("bob", points=7)

    brand.lives(story)
    return configured


def _lines(told):
    assert told.exit_code == 0, told.output
    return [" ".join(line.split()) for line in told.output.splitlines()]


def test_a_merge_is_said_before_and_after_and_can_be_undone(typed, env):
    before = _lines(typed("contacts", "merge", "bob", "ada", "--dry-run", env=env))
    assert before[-1] == "ada would become part of bob; nothing was changed"
    after = _lines(typed("contacts", "merge", "bob", "ada", env=env))
    assert after[:-1] == before[:-1]
    assert "1 welcome ada at 2 goes on" in after
    assert "newsletter email granted granted granted" in after
    assert "messages of 30 days 0 and 1 1 count for limits" in after
    assert "attributes that differ email, phone those of bob hold" in after
    id_ = after[-1].split()[-1]
    assert _lines(typed("contacts", "show", "ada", env=env))[0].startswith("bob: known since")
    parted = _lines(typed("contacts", "unmerge", id_, env=env))
    assert parted[-1] == "bob and ada are two again"
    shown = _lines(typed("contacts", "show", "ada", env=env))
    assert shown[0].startswith("ada: known since")
    assert "undone" in shown[1]


def test_a_merge_reads_as_json(typed, env):
    told = json.loads(typed("contacts", "merge", "bob", "ada", "--format", "json", env=env).stdout)
    assert (told["winner"], told["loser"], told["dry_run"]) == ("bob", "ada", False)
    assert told["runs"][0] | {"run": 0} == {
        "run": 0, "scenario": "welcome", "key": None, "of": "ada", "before": "at 2", "after": "goes on",
    }  # fmt: skip
    back = json.loads(typed("contacts", "unmerge", str(told["id"]), "--format", "json", env=env).stdout)
    assert back["moved"]["runs"] == 1


@pytest.mark.parametrize(
    ("said", "because"),
    [
        (("merge", "ada", "ada"), "`ada` cannot be merged with itself: name two contacts"),
        (("merge", "ada", "eve"), "there is no contact `eve` in the base"),
        (("unmerge", "9"), "there is no merge 9: relance contacts show names them"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(typed, env, said, because):
    told = typed("contacts", *said, env=env)
    assert (told.exit_code, told.stderr) == (2, f"relance: {because}\n")


def test_who_is_one_person_by_the_rules_is_listed_and_merged(typed, brand, configured):
    async def story(shop):
        await ada_is_greeted(shop)
        catalog = shop.folder / "scenarios/catalog.yaml"
        catalog.write_text(catalog.read_text() + "merge_on: [email]\n")
        await publish(shop.database, shop.folder, author="tests", now=NOON)
        await shop.person("young", email="ADA@example.com", now=NOON)

    brand.lives(story)
    listed = _lines(typed("contacts", "duplicates", env=configured))
    assert listed[-1] == "1 pair by merge_on"
    assert "email ada young" in " ".join(listed)
    (pair,) = json.loads(typed("contacts", "duplicates", "--format", "json", env=configured).stdout)
    assert (pair["rule"], pair["winner"], pair["loser"], pair["merge"]) == ("email", "ada", "young", None)
    assert _lines(typed("contacts", "duplicates", "--merge", env=configured))[-1] == "1 merge done"
    assert _lines(typed("contacts", "duplicates", env=configured)) == ["0 pairs by merge_on"]
