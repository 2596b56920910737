"""Calls that come together go together, and a mistake of one is nobody else's."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from engine.advance import advance_together
from engine.clock import REAL_TIME
from engine.looks import Looks
from engine.together import Together
from tests.engine.scenarios import scenario


class Work:
    """Doubles numbers once the gate is open; keeps what it was asked together. 13 fails, 0 is unknown."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, keys: Sequence[int]) -> dict[int, int]:
        """Twice each."""
        self.asked.append(list(keys))
        await self.gate.wait()
        if 13 in keys:
            raise ValueError("13")
        return {key: 2 * key for key in keys if key}


async def test_what_comes_while_others_are_under_way_goes_together() -> None:
    work = Work()
    together = Together(work, at_most=4)
    calls = [asyncio.create_task(together.ask(key)) for key in range(1, 9)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*calls) == [2 * key for key in range(1, 9)]
    assert sorted(key for batch in work.asked for key in batch) == list(range(1, 9))
    assert max(map(len, work.asked)) == 4


async def test_a_mistake_is_raised_to_the_one_who_made_it() -> None:
    work = Work()
    work.gate.set()
    together = Together(work)
    found = await asyncio.gather(*map(together.ask, (1, 13, 0, 2)), return_exceptions=True)
    assert (found[0], found[3]) == (2, 4)
    assert isinstance(found[1], ValueError)
    assert isinstance(found[2], KeyError)


async def test_one_who_no_longer_waits_holds_up_nobody() -> None:
    work = Work()
    together = Together(work)
    calls = [asyncio.create_task(together.ask(key)) for key in range(1, 6)]
    await asyncio.sleep(0)
    calls[3].cancel()
    work.gate.set()
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [found[n] for n in (0, 1, 2, 4)] == [2, 4, 6, 10]
    assert isinstance(found[3], asyncio.CancelledError)


async def test_who_was_cancelled_before_their_turn_is_not_asked_about() -> None:
    work = Work()
    together = Together(work, at_most=2)
    calls = [asyncio.create_task(together.ask(key)) for key in range(1, 7)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    calls[5].cancel()
    await asyncio.sleep(0)
    work.gate.set()
    await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(key for batch in work.asked for key in batch) == [1, 2, 3, 4, 5]


async def test_who_asks_in_the_moment_in_which_two_batches_end_is_answered() -> None:
    """Both have answered, and neither has left yet."""
    gates = {key: asyncio.get_running_loop().create_future() for key in (1, 2)}

    async def work(keys: Sequence[int]) -> dict[int, int]:
        await asyncio.gather(*(gates[key] for key in keys if key in gates))
        return {key: key for key in keys}

    together = Together(work)

    async def twice() -> int:
        return await together.ask(await together.ask(1) + 2)

    first = asyncio.create_task(twice())
    await asyncio.sleep(0.01)
    second = asyncio.create_task(together.ask(2))
    await asyncio.sleep(0.01)
    for gate in gates.values():
        gate.set_result(None)
    async with asyncio.timeout(10):
        assert await asyncio.gather(first, second) == [3, 2]


JOURNEY = scenario("journey", "- email: m1")


async def test_groups_that_look_together_each_learn_where_they_stand(shop, noon) -> None:
    await shop.publish(journey=JOURNEY)
    for name in ("ada", "bob", "cyd"):
        await shop.person(name)
        await shop.send("contact.subscribed", contact=name)
        await shop.route()
    groups = [row["id"] for row in await shop.rows("select id from groups order by id")]
    found = await advance_together(shop.database, shop.plans, [*groups, 999], noon)
    assert sorted(found) == groups
    for each in found.values():
        (due,) = each.deliveries
        assert (due.channel, len(due.message_ids), each.active) == ("email", 1, 1)
    assert len({each.deliveries[0].message_ids for each in found.values()}) == 3


WAITING = scenario("journey", "- wait: 1 second\n- email: m1")


async def three_groups(shop, text):
    """The ids of the groups of three people who entered one after the other."""
    await shop.publish(journey=text)
    for name in ("ada", "bob", "eve"):
        await shop.person(name)
        await shop.happens("contact.subscribed", name, list="x")
    return [row["id"] for row in await shop.rows("select id from groups order by id")]


async def test_no_message_is_left_unnamed_however_many_groups_are_asked_about(shop, noon):
    """Nothing else tells a workflow of a message that is due: what is not named here waits for ever."""
    ids = await three_groups(shop, JOURNEY)
    found = await advance_together(shop.database, shop.plans, ids, noon, limit=1)
    assert [len(found[id_].deliveries) for id_ in ids] == [1, 1, 1]


async def test_a_group_is_decided_whole_or_left_for_the_next_look(shop, noon):
    """Of halves nothing could leave before the rest was decided, too."""
    ids, later = (await three_groups(shop, WAITING))[::-1], noon + timedelta(seconds=2)
    found = await advance_together(shop.database, shop.plans, ids, later, limit=2)
    assert [each and len(each.deliveries) for each in (found[id_] for id_ in ids)] == [1, 1, None]
    found = await advance_together(shop.database, shop.plans, ids, later, limit=2)
    assert len(found[ids[2]].deliveries) == 1, "those that were decided take no room any more"


async def test_a_group_in_which_nobody_is_due_needs_no_room(shop, noon):
    """It learns where it stands, although those before it fill the look."""
    ids = await three_groups(shop, WAITING)
    later = "update runs set due_at = due_at + interval '1 day' where contact_id = 'eve' returning id"
    await shop.rows(later)
    found = await advance_together(shop.database, shop.plans, ids, noon + timedelta(seconds=2), limit=1)
    assert [each and len(each.deliveries) for each in (found[id_] for id_ in ids)] == [1, None, 0]


PAUSED = "insert into pauses values ('scenario', 'still', now(), 'ops', '') returning 1"


async def test_who_stands_still_takes_no_room_of_those_who_move(shop, noon):
    """Nothing of them is decided, however many are overdue and however long before they asked."""
    await shop.publish(still=WAITING.replace("journey", "still"), journey=WAITING)
    await shop.person("ada")
    await shop.happens("contact.subscribed", "ada", list="x")
    await shop.rows(PAUSED)
    rows = await shop.rows("select id from groups order by scenario = 'journey'")
    ids, later = [row["id"] for row in rows], noon + timedelta(seconds=2)
    found = await advance_together(shop.database, shop.plans, ids, later, limit=1)
    assert [each and len(each.deliveries) for each in (found[id_] for id_ in ids)] == [0, 1]


async def test_a_group_that_was_kept_waiting_for_long_asks_again_and_keeps_its_age(shop, noon):
    ids, later = await three_groups(shop, WAITING), noon + timedelta(seconds=2)
    looks = Looks(shop.database, shop.plans, REAL_TIME, limit=1, patience=0.0)
    found = await asyncio.gather(*(looks.at_group(id_, later) for id_ in ids))
    assert [len(each.deliveries) for each in found] == [1, 0, 0]
    assert [each.sleep_seconds for each in found[1:]] == [0.0, 0.0]
    found = await asyncio.gather(*(looks.at_group(id_, later) for id_ in (ids[2], ids[1])))
    assert [len(each.deliveries) for each in found] == [0, 1], "the one that asked first goes first"
