"""One group of many people on several versions, to its end: what was said before is what happens, once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from channels.messages import SendResult
from engine.attempts import Attempt, Outcome, settle
from engine.edit_rounds import carry_on
from engine.entry import Candidate, enter
from engine.people import Profile, upsert
from engine.publish import Publication
from store import consents
from store.consents import ConsentLine
from tests.engine.conftest import NOON, Shop
from tests.engine.editions import AT_ONCE, attempted, live, put, rounds, text

PEOPLE = 48
FIRST = """
  - { email: m1, id: hello }
  - { wait: 2 days, id: pause, only_if: contact.points == 0 }
  - { task: Call back, team: shop, id: phone }
  - { wait: 1 day, id: breath, only_if: contact.points != 2 }
  - { email: m2, id: last }
"""
SECOND = FIRST.replace("id: pause", "id: rest").replace("1 day", "3 days")
THIRD = """
  - { email: m3, id: hello }
  - { wait: 1 day, id: breath }
  - { task: Call back today, team: shop, id: phone }
  - { wait: 4 days, id: rest }
  - { email: m3, id: last }
"""

Touched = Counter[tuple[int, str | None, str]]
"""How many people, by the version and the step at which they stand, and by what becomes of them."""


async def crowd(shop: Shop, count: int) -> None:
    """So many people who enter together; some wait longer than others."""
    people = [f"c{number:04}" for number in range(count)]
    profiles = [
        Profile(each, {"email": f"{each}@example.com", "country": "FR", "points": number % 3})
        for number, each in enumerate(people)
    ]
    result = await upsert(shop.database, shop.plans, profiles, source="tests", now=NOON)
    assert not result.errors
    agreed = [
        ConsentLine(each, "newsletter", "email", "granted", "consent", "tests", NOON - timedelta(days=1))
        for each in people
    ]
    async with shop.database.transaction() as connection:
        await consents.append(connection, agreed, NOON)
        candidates = [Candidate(each, 0, None, {}, f"x{each}") for each in people]
        await enter(connection, shop.plans, "case", candidates, NOON)
    await shop.look()


async def left(shop: Shop, attempts: Sequence[Attempt], now: datetime) -> None:
    """Their provider took these messages."""
    came = [Outcome(each, SendResult("tests", f"p{each.message_id}")) for each in attempts]
    await settle(shop.database, shop.plans, came, now)
    await shop.look(now)


def foretold(told: Publication) -> Touched:
    """What a publication said of those who do not stay."""
    found: Touched = Counter()
    for each in told.people:
        if each.becomes != "finish":
            found[each.older, each.step, each.becomes] += each.people
    return found


async def happened(shop: Shop, version: int) -> Touched:
    """What the trails say of it."""
    lines = await shop.rows(
        "select what, step, data, r.version from trail t join runs r on r.id = t.run_id"
        " where what in ('moved', 'ended') and data ->> 'version' = %s",
        str(version),
    )
    becomes = {"stopped": "exit", "restarted": "restart"}
    return Counter(
        (row["version"], row["step"], becomes[row["data"]["reason"]])
        if row["what"] == "ended"
        else (row["data"]["from"], row["step"], "move")
        for row in lines
    )


async def everybody_is_through(shop: Shop, count: int, stopped: int) -> None:
    """Nobody is lost, and no run has got anything twice, or not at all."""
    runs = await shop.rows("select * from runs order by id")
    assert {row["status"] for row in runs} == {"ended"}
    assert len({row["contact_id"] for row in runs}) == count
    got, asked = defaultdict(list), Counter()
    for row in await shop.rows("select run_id, step, state from messages where state <> 'released'"):
        got[row["run_id"]].append((row["step"], row["state"]))
    for row in await shop.rows("select run_id from tasks"):
        asked[row["run_id"]] += 1
    reasons = Counter(row["end_reason"] for row in runs)
    assert (reasons["end"], reasons["stopped"]) == (count - stopped, stopped)
    for row in runs:
        if row["end_reason"] == "end":
            assert sorted(got[row["id"]]) == [("hello", "sent"), ("last", "sent")], row["contact_id"]
            assert asked[row["id"]] == 1
        assert len(set(got[row["id"]])) == len(got[row["id"]])
        assert asked[row["id"]] <= 1


@pytest.mark.parametrize("rule", ["restart", "{ move: exit }", "{ move: finish }"])
async def test_a_crowd_on_three_versions_comes_to_its_end(rule, shop, noon, days):
    """The third comes while the second has still to come to some, and messages are with their provider."""
    await put(shop, text(FIRST))
    await crowd(shop, PEOPLE)
    assert [row["size"] for row in await shop.rows("select size from groups")] == [PEOPLE]
    attempts = await attempted(shop)
    await left(shop, attempts[PEOPLE // 4 :], noon)
    second = await put(shop, text(SECOND, "on_edit: { move: finish }\n"))
    await carry_on(shop.database, shop.plans, noon, settled=AT_ONCE, page=PEOPLE // 6)
    third = await put(shop, text(THIRD, f"on_edit: {rule}\n"))
    assert len({each.older for each in third.people}) == 2
    await rounds(shop)
    assert await happened(shop, 2) == foretold(second)
    assert await happened(shop, 3) == foretold(third)
    await left(shop, attempts[: PEOPLE // 4], noon + timedelta(minutes=5))
    await live(shop, noon + timedelta(minutes=5), days(30))
    stopped = sum(people for (_, _, becomes), people in foretold(third).items() if becomes == "exit")
    await everybody_is_through(shop, PEOPLE, stopped)
