"""New versions and people in flight, on a real database: in order, whoever comes first, whatever crashes."""

import asyncio
from datetime import timedelta

import pytest

from engine.advance import advance
from engine.attempts import begin
from engine.edit_rounds import carry_on, progress
from engine.entry import Candidate, enter
from engine.publish import PublishRefused, publish
from engine.rollback import roll_back
from engine.version_history import history
from store import contacts
from tests.engine.conftest import write_project
from tests.engine.editions import (
    AT_ONCE,
    STEPS,
    put,
    renderer,
    rounds,
    standing,
    subscribed,
    text,
    waiting,
)

# Nothing is done by a version that was replaced, before any round


async def test_a_message_of_a_version_that_was_replaced_does_not_leave(shop, noon):
    await put(shop, text())
    await subscribed(shop, "ada")
    (message,) = await shop.rows("select id from messages")
    await put(shop, text(STEPS.replace("m2", "m3"), "on_edit: exit\n"))
    begun = await begin(shop.database, shop.plans, renderer(shop), [message["id"]], noon)
    assert begun.attempts == ()
    assert await shop.messages() == [("m1", "email", "released")]
    assert await standing(shop) == [("ada", 1, "ended", "stopped")]


async def test_a_message_of_somebody_who_moves_is_asked_for_anew(shop, noon):
    await put(shop, text())
    await subscribed(shop, "ada")
    await put(shop, text(STEPS.replace("m1", "m3"), "on_edit: { move: exit }\n"))
    (message,) = await shop.rows("select id from messages")
    await begin(shop.database, shop.plans, renderer(shop), [message["id"]], noon)
    await shop.look()
    assert await shop.messages() == [("m3", "email", "reserved")]
    (row,) = await shop.rows("select version from messages")
    assert row["version"] == 2


async def test_an_event_finds_people_where_the_new_version_has_them(shop, noon):
    """Who left with the new version is not under way, so that a trigger may enter them again."""
    await put(shop, text())
    await waiting(shop, "ada")
    await put(shop, text(head="on_edit: exit\n"))
    await shop.happens("contact.subscribed", at=noon + timedelta(hours=1), list="again")
    assert await standing(shop) == [("ada", 1, "ended", "stopped"), ("ada", 2, "active", "hello")]


async def test_an_event_that_only_the_new_version_knows_is_heard(shop, noon):
    await put(shop, text())
    await waiting(shop, "ada")
    await put(shop, text(head="on_edit: { move: exit }\nexit_when: [cart.updated]\n"))
    await shop.happens("cart.updated", at=noon + timedelta(hours=1), cart_id="k1")
    assert await standing(shop) == [("ada", 2, "ended", "cart.updated")]


async def test_who_is_due_goes_on_by_the_new_version(shop, noon, days):
    await put(shop, text())
    await waiting(shop, "ada")
    run = await shop.run("case")
    await put(shop, text(STEPS.replace("2 days", "5 days"), "on_edit: { move: exit }\n"))
    standing_ = await advance(shop.database, shop.plans, run["group_id"], days(2))
    assert standing_.next_due_at == days(5)
    trail = await shop.rows("select what, text from trail where what = 'moved'")
    assert [row["text"] for row in trail] == ["goes on at pause of version 2"]


async def test_somebody_who_enters_while_it_is_published_heeds_it_too(shop, noon):
    """A transaction that knew only the old version commits after everybody was taken over."""
    await put(shop, text())
    await shop.person("ada")
    async with shop.database.transaction() as connection:
        candidates = [Candidate("ada", 0, None, {}, "x")]
        await enter(connection, shop.plans, "case", candidates, noon, left=["ada"])
        await put(shop, text(STEPS.replace("m1", "m3"), "on_edit: { move: exit }\n"))
        assert await rounds(shop) == 0
    await shop.look()
    assert await standing(shop) == [("ada", 2, "active", "hello")]
    assert await shop.messages() == [("m3", "email", "reserved")]


async def test_whose_step_is_gone_finishes_and_heeds_it_once(shop, noon, days):
    """Later they stand at a step that the new version has, and stay on their own."""
    await put(shop, text())
    await waiting(shop, "ada")
    await put(shop, text(STEPS.replace("pause", "rest"), "on_edit: { move: finish }\n"))
    assert await rounds(shop) == 0
    await shop.look(days(2))
    assert await standing(shop) == [("ada", 1, "active", "last")]
    await shop.look(days(2))
    assert (await shop.messages())[-1] == ("m2", "email", "reserved")


async def test_who_cannot_be_moved_holds_up_nobody(shop, noon):
    """They stay on their own version, and the others are taken over."""
    await put(shop, text())
    await waiting(shop, "ada", "bob")
    await shop.rows("update runs set state = '{\"steps\": 7}' where contact_id = 'ada' returning id")
    await put(shop, text(STEPS.replace("2 days", "5 days"), "on_edit: { move: exit }\n"))
    assert await rounds(shop) == 2
    assert await standing(shop) == [("ada", 1, "active", "pause"), ("bob", 2, "active", "pause")]


# Rounds


async def test_rounds_come_to_everybody_once_and_end(shop, noon):
    people = [f"c{number:02}" for number in range(12)]
    await put(shop, text())
    await waiting(shop, *people)
    await put(shop, text(head="on_edit: restart\n"))
    assert await rounds(shop) == 12
    found = await standing(shop)
    assert found[:2] == [("c00", 1, "ended", "restarted"), ("c00", 2, "active", "hello")]
    assert len(found) == 24
    groups = await shop.rows("select size from groups where version = 2")
    assert [row["size"] for row in groups] == [12]
    (done,) = await shop.rows("select finished_at from edits")
    (told,) = await shop.rows("select subject from audit where action = 'edit finished'")
    assert (done["finished_at"], told["subject"]) == (noon, "case version 2")


async def test_who_goes_on_waiting_is_not_poked(shop, noon):
    """A million people whose wait gets longer cost Temporal nothing; whose wait gets shorter are woken."""
    await put(shop, text())
    await waiting(shop, "ada")
    await shop.rows("delete from pokes returning id")
    await put(shop, text(STEPS.replace("2 days", "5 days"), "on_edit: { move: exit }\n"))
    await rounds(shop)
    assert await shop.rows("select 1 from pokes") == []
    await put(shop, text(STEPS.replace("2 days", "3 days"), "on_edit: { move: exit }\n"))
    await rounds(shop)
    assert len(await shop.rows("select 1 from pokes")) == 1


async def test_a_round_that_dies_in_the_middle_is_made_again(shop, noon):
    """It waits for somebody whom another transaction holds, and is killed; the next does it all, once."""
    await put(shop, text())
    await waiting(shop, "ada", "bob")
    await put(shop, text(head="on_edit: restart\n"))
    async with shop.database.transaction() as connection:
        await contacts.lock(connection, ["bob"])
        dying = asyncio.create_task(carry_on(shop.database, shop.plans, noon, settled=AT_ONCE))
        waits = (
            "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        while not await shop.rows(waits):  # noqa: ASYNC110 - it is the database that knows
            await asyncio.sleep(0.01)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        async with shop.database.connection() as other:
            (left,) = await progress(other, shop.plans)
        assert left.remaining == 2
    assert await rounds(shop) == 2
    assert [status for _, _, status, _ in await standing(shop)] == ["ended", "active"] * 2


async def test_rounds_entries_and_decisions_at_the_same_time_do_it_once(shop, noon, days):
    """Workers make rounds, advance groups, route events and attempt messages, all at once."""
    people = [f"c{number:02}" for number in range(16)]
    await put(shop, text())
    await subscribed(shop, *people)
    groups = [row["id"] for row in await shop.rows("select id from groups")]
    messages = [row["id"] for row in await shop.rows("select id from messages")]
    await put(shop, text(STEPS.replace("m1", "m3"), "on_edit: restart\n"))
    for each in people[:8]:
        await shop.send("order.placed", each, order_id="o1")
    await asyncio.gather(
        *(carry_on(shop.database, shop.plans, noon, settled=AT_ONCE) for _ in range(3)),
        *(advance(shop.database, shop.plans, group, noon) for group in groups),
        *(
            begin(shop.database, shop.plans, renderer(shop), messages[at : at + 4], noon)
            for at in range(0, 16, 4)
        ),
        shop.route(),
    )
    await rounds(shop)
    await shop.look()
    found = await standing(shop)
    assert [each[1:] for each in found] == [(1, "ended", "restarted"), (2, "active", "hello")] * 16
    states = await shop.rows("select message, state, count(*) as n from messages group by 1, 2 order by 1")
    assert [(r["message"], r["state"], r["n"]) for r in states] == [
        ("m1", "released", 16),
        ("m3", "reserved", 16),
    ]


# One after the other, and back


async def test_two_versions_one_after_the_other_are_both_heeded(shop, noon):
    await put(shop, text())
    await waiting(shop, "ada")
    await put(shop, text(STEPS.replace("2 days", "5 days"), "on_edit: { move: exit }\n"))
    await put(shop, text(STEPS.replace("pause", "rest"), "on_edit: { move: exit }\n"))
    await rounds(shop)
    assert await standing(shop) == [("ada", 2, "ended", "stopped")]
    trail = await shop.rows("select text from trail where what in ('moved', 'ended') order by sequence, line")
    assert [r["text"] for r in trail] == [
        "goes on at pause of version 2",
        "ended: version 3 has no step pause",
    ]


async def test_rolling_back_calls_off_what_is_under_way(shop, noon):
    """Who was reached is reached; all the others stay as they were."""
    await put(shop, text())
    await waiting(shop, "ada", "bob", "cyd")
    await put(shop, text(head="on_edit: exit\n"))
    await shop.happens("cart.updated", "bob", at=noon + timedelta(hours=1), cart_id="k")
    back = await roll_back(shop.database, shop.folder, "case", 1, author="ops", now=noon)
    assert back.versions == (("case", 3),)
    assert back.lines[:2] == (
        "case: version 2 is called off for who was not reached yet",
        "case: version 3 (as version 1 was); people in flight finish where they are: 2 on version 1",
    )
    assert await rounds(shop) == 0
    assert await standing(shop) == [
        ("ada", 1, "active", "pause"),
        ("bob", 1, "ended", "stopped"),
        ("cyd", 1, "active", "pause"),
    ]
    (told,) = await shop.rows("select actor, subject, data from audit where action = 'roll back'")
    assert (told["actor"], told["subject"]) == ("ops", "case to version 1")
    async with shop.database.connection() as connection:
        versions = await history(connection, shop.plans, "case")
    said = [(each.version, each.in_force, each.people, each.same_as, each.to_heed) for each in versions]
    assert said == [(3, True, 0, 1, None), (2, False, 0, None, None), (1, False, 2, None, None)]


async def test_two_publications_at_once_get_a_version_each(shop, noon, tmp_path):
    """And both are heeded, in the order of their numbers."""
    await put(shop, text())
    await waiting(shop, "ada")
    folders = [tmp_path / name for name in ("one", "two")]
    for folder, days in zip(folders, (5, 6), strict=True):
        longer = text(STEPS.replace("2 days", f"{days} days"), "on_edit: { move: exit }\n")
        write_project(folder, {"case": longer})
    both = await asyncio.gather(
        *(publish(shop.database, folder, author="ada", now=noon) for folder in folders)
    )
    assert sorted(version for each in both for _, version in each.versions) == [2, 3]
    await rounds(shop)
    assert await standing(shop) == [("ada", 3, "active", "pause")]
    moved = await shop.rows("select text from trail where what = 'moved' order by sequence")
    assert [row["text"] for row in moved] == [f"goes on at pause of version {n}" for n in (2, 3)]


async def test_only_a_version_that_was_can_be_rolled_back_to(shop, noon):
    await put(shop, text())
    with pytest.raises(PublishRefused, match="case has no version 7: see `relance versions case`"):
        await roll_back(shop.database, shop.folder, "case", 7, author="ops", now=noon)
