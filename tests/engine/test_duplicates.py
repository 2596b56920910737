"""Contacts that are one person by declared rules, merged the same way every time."""

from datetime import timedelta

import pytest

from dsl.compiler import compile_project
from engine.duplicates import MOST, find, merge_all
from engine.publish import publish
from tests.engine.conftest import CATALOG, write_project


@pytest.fixture
async def base(shop, noon):
    """Two people of one address and two of one number, one of whom is in both pairs."""
    write_project(shop.folder, {})
    (shop.folder / "scenarios/catalog.yaml").write_text(CATALOG + "merge_on: [email, phone]\n")
    assert not compile_project(shop.folder).errors
    await publish(shop.database, shop.folder, author="tests", now=noon)
    await shop.person("young", email="Same@example.com", phone="+33639980001", now=noon)
    await shop.person("old", email="same@example.com", phone="+33639980002", now=noon - timedelta(days=9))
    await shop.person("third", email="third@example.com", phone="+33639980002", now=noon - timedelta(days=5))
    await shop.person("alone", email="alone@example.com", phone="+33639980009", now=noon)
    return shop


async def test_pairs_are_named_by_rule_and_the_oldest_stays(base):
    async with base.database.connection() as connection:
        found = await find(connection, ["email", "phone"])
    assert [(each.rule, each.winner, each.loser) for each in found] == [
        ("email", "old", "young"),
        ("phone", "old", "third"),
    ]


async def test_all_are_merged_rule_by_rule_and_doing_it_again_does_nothing(base, days):
    done = await merge_all(base.database, base.plans, actor="t", now=days(1))
    assert [(each.pair.loser, each.why_not) for each in done] == [("young", ""), ("third", "")]
    assert await merge_all(base.database, base.plans, actor="t", now=days(1)) == []
    living = await base.rows("select id from contacts where erased_at is null order by id")
    assert [row["id"] for row in living] == ["alone", "old"]


async def test_a_value_that_many_have_merges_nobody(base, noon, days):
    for number in range(MOST + 1):
        await base.person(f"box{number}", email="none@example.com", phone=f"+336399801{number:02}", now=noon)
    done = await merge_all(base.database, base.plans, actor="t", now=days(1))
    refused = [each for each in done if each.merge is None]
    assert len(refused) == MOST
    assert {each.why_not for each in refused} == {"11 people have this value, which tells nobody"}


@pytest.mark.parametrize("name", ["emial", "points", "locale"])
def test_a_rule_that_cannot_tell_people_is_refused(tmp_path, name):
    write_project(tmp_path, {})
    (tmp_path / "scenarios/catalog.yaml").write_text(CATALOG + f"merge_on: [{name}]\n")
    (error,) = compile_project(tmp_path).errors
    assert (error.code, error.message) == ("E211", f"`merge_on` cannot tell people by `{name}`")
