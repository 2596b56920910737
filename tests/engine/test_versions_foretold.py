"""What a new version does to people in flight is said beforehand; what it cannot do is refused."""

import pytest

from engine.publish import PublishRefused, publish
from tests.engine.conftest import write_project
from tests.engine.editions import STEPS, put, rounds, standing, subscribed, text, waiting


async def test_it_is_said_beforehand_how_many_people_are_touched_and_where_they_stand(shop, noon):
    await put(shop, text())
    await waiting(shop, "ada", "bob")
    await subscribed(shop, "cyd")
    result = await put(shop, text(STEPS.replace("pause", "rest"), "on_edit: { move: exit }\n"), dry_run=True)
    moved = "case: version 2; of 3 people in flight 1 go on in it at the same step"
    assert result.lines == (
        f"{moved}, 2 stand at a step that is gone and leave",
        "  2 at step pause (wait: 2 days) of version 1, which is gone: leave",
        "  1 at step hello (email: M1) of version 1: go on",
    )
    assert [(each.step, each.people, each.becomes, each.gone) for each in result.people] == [
        ("pause", 2, "exit", True),
        ("hello", 1, "move", False),
    ]
    assert await shop.rows("select 1 from edits") == []


@pytest.mark.parametrize(("rule", "said"), [
    ("restart", "3 people in flight begin again in it"),
    ("exit", "3 people in flight leave"),
    ("{ move: finish }", "3 people in flight go on in it at the same step"),
])  # fmt: skip
async def test_each_rule_says_what_it_does(rule, said, shop, noon):
    await put(shop, text())
    await waiting(shop, "ada", "bob", "cyd")
    result = await put(shop, text(head=f"on_edit: {rule}\n"))
    assert result.lines[0] == f"case: version 2; {said}"
    (kept,) = await shop.rows("select people from edits")
    assert kept["people"] == 3


# While people have still to heed the version before


async def test_it_is_said_where_the_version_before_brings_those_whom_it_has_not_reached(shop, noon):
    """They heed it first, so that they stand elsewhere when the next one comes to them."""
    await put(shop, text())
    await waiting(shop, "ada", "bob")
    await put(shop, text(STEPS.replace("m1, id: hello", "m1, id: first"), "on_edit: restart\n"))
    result = await put(shop, text(STEPS.replace("2 days", "3 days"), "on_edit: { move: finish }\n"))
    assert result.lines[1:] == ("  2 at step first (email: M1) of version 2, which is gone: finish",)
    assert [(each.older, each.people, each.becomes) for each in result.people] == [(2, 2, "finish")]
    await rounds(shop)
    await shop.look()
    assert (await standing(shop))[1::2] == [(who, 2, "active", "first") for who in ("ada", "bob")]


async def test_who_leaves_by_the_version_before_is_touched_no_more(shop, noon):
    await put(shop, text())
    await waiting(shop, "ada", "bob")
    await put(shop, text(head="on_edit: exit\n"))
    result = await put(shop, text(STEPS.replace("2 days", "3 days")))
    assert result.lines == ("case: version 3", "  2 leave by version 2, which has still to come to them")
    assert result.people == ()
    await rounds(shop)
    assert [each[1:] for each in await standing(shop)] == [(1, "ended", "stopped")] * 2


async def test_what_the_version_before_brings_people_to_may_not_go(shop, noon):
    """Nobody is on it yet, and everybody will be."""
    await put(shop, text())
    await waiting(shop, "ada")
    await put(shop, text(STEPS.replace("m2", "m3"), "on_edit: { move: exit }\n"))
    write_project(shop.folder, {"case": text()})
    for name in ("email.fr.html", "sms.fr.txt"):
        (shop.folder / "templates" / "m3" / name).unlink()
    with pytest.raises(PublishRefused, match="case: version 2, on which people still are, sends email `m3`"):
        await publish(shop.database, shop.folder, author="ada", now=noon)
    await rounds(shop)
    assert await standing(shop) == [("ada", 2, "active", "pause")]


VARIABLE = """
  - { email: m1, id: hello }
  - { set: { run.total: 5 }, id: count }
  - { wait: 2 days, id: pause }
  - { email: m2, id: last, only_if: run.total > 3 }
"""


@pytest.mark.parametrize("rule", ["{ move: exit }", "{ move: finish }"])
async def test_nobody_is_moved_past_where_a_variable_is_set(rule, shop, noon):
    await put(shop, text())
    await waiting(shop, "ada")
    with pytest.raises(
        PublishRefused, match=r"1 people are moved from version 1, for whom `run.total`, which"
    ):
        await put(shop, text(VARIABLE, f"on_edit: {rule}\n"))
    assert await shop.rows("select 1 from edits") == []


@pytest.mark.parametrize("rule", ["{ move: exit }", "{ move: finish }"])
async def test_nobody_is_moved_past_it_by_two_versions_either(rule, shop, noon):
    """The second sets what nothing reads yet, and takes over who is past that; the third reads it."""
    await put(shop, text())
    await waiting(shop, "ada")
    await put(shop, text(VARIABLE.replace(", only_if: run.total > 3", ""), f"on_edit: {rule}\n"))
    await rounds(shop)
    assert await standing(shop) == [("ada", 2, "active", "pause")]
    with pytest.raises(PublishRefused, match=r"1 people are moved from version 2, for whom `run.total`"):
        await put(shop, text(VARIABLE, f"on_edit: {rule}\n"))
    guarded = VARIABLE.replace("run.total > 3", "run.total is known and run.total > 3")
    assert (await put(shop, text(guarded, "on_edit: finish\n"))).versions == (("case", 3),)


async def test_who_entered_by_a_version_is_moved_though_it_took_others_over(shop, noon):
    """Nobody was in flight when the second came: whoever waits in it has what it sets."""
    await put(shop, text())
    await put(shop, text(VARIABLE.replace(", only_if: run.total > 3", ""), "on_edit: { move: exit }\n"))
    await waiting(shop, "ada")
    assert (await put(shop, text(VARIABLE, "on_edit: { move: exit }\n"))).versions == (("case", 3),)


async def test_who_still_comes_to_where_it_is_set_may_be_moved(shop, noon):
    await put(shop, text(STEPS.replace("pause", "rest")))
    await subscribed(shop, "ada")
    result = await put(shop, text(VARIABLE, "on_edit: { move: exit }\n"))
    assert [each.becomes for each in result.people] == ["move"]


async def test_nobody_begins_again_without_what_the_new_start_would_have_given(shop, noon):
    await put(shop, text())
    await waiting(shop, "ada")
    steps = STEPS.replace("2 days", "2 days, only_if: event.order_id is known")
    with pytest.raises(
        PublishRefused, match=r"1 people begin again from version 1, for whom `event.order_id`"
    ):
        await put(shop, text(steps, "on_edit: restart\n", "{ event: order.placed }"))


async def test_a_text_that_nobody_will_need_any_more_may_go(shop, noon):
    await put(shop, text())
    await waiting(shop, "ada")
    (shop.folder / "templates" / "m2" / "email.fr.html").rename(shop.folder / "m2.html")
    (shop.folder / "templates" / "m2" / "sms.fr.txt").unlink()
    write_project(shop.folder, {"case": text(STEPS.replace("m2", "m3"), "on_edit: exit\n")})
    (shop.folder / "templates" / "m2" / "email.fr.html").unlink()
    (shop.folder / "templates" / "m2" / "sms.fr.txt").unlink()
    result = await publish(shop.database, shop.folder, author="ada", now=noon)
    assert result.versions == (("case", 2),)
