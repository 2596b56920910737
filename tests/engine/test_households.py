"""Limits of a household in a real database: exact whatever runs at once, and nothing to pay without one."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from engine import households
from engine.advance import advance
from engine.attempts import begin
from engine.links import Links
from engine.people import Profile, upsert
from engine.privacy import erase
from engine.rendering import Renderer
from engine.replay import replay
from engine.router import route
from store import households as rows
from tests.engine.conftest import CATALOG, KEYS
from tests.engine.many_workers import Provider, days

HOME = "customer_household_id"
AT_HOME = CATALOG.replace(
    "  country:", f"  {HOME}: {{ type: text, personal: true, purpose: home }}\n  country:"
)
AT_HOME += f"household: {HOME}\n"
LIMIT = 2


def policy(at_most: int, days_: int, *, day: str = "calendar", on_cap: str = "delay up to 3 days") -> str:
    """One limit of the household."""
    return f"""
time_zone: {{ default: Europe/Paris }}
hours:
  email: {{ allow: "00:00-24:00" }}
pressure:
  day: {day}
  limits:
    - {{ at_most: {at_most}, per: {days_} days, channel: email, of: household }}
  on_cap: {on_cap}
expires: 6 days
late_events: 1 day
tracking: {{ opens: with_consent, clicks: with_consent }}
"""


def scenario(name: str, *steps: str, priority: int = 50) -> str:
    """A scenario that writes at once."""
    said = "\n".join(f"  - email: {step}" for step in steps or ("m1",))
    return f"""
scenario: {name}
title: {name}
owner: crm
topic: newsletter
priority: {priority}
trigger: {{ event: contact.subscribed }}
entry: always
steps:
{said}
"""


async def _live(shop, homes: dict[str, str | None]) -> None:
    for name, home in homes.items():
        await shop.person(name, **{HOME: home})


async def _counted(shop) -> Counter[str]:
    rows = await shop.rows("select household, state from messages where household is not null")
    return Counter(
        row["household"] for row in rows if row["state"] not in ("released", "withheld", "refused")
    )


def _renderer(shop) -> Renderer:
    return Renderer(shop.folder / "templates", Links("https://mv.example", list(KEYS)))


async def test_two_of_a_household_in_two_transactions_at_once_never_exceed_its_limit(shop, noon):
    """Ten homes, of each of which both are decided about at the same moment."""
    rules = policy(1, 7, on_cap="drop")
    await shop.publish(policy=rules, catalog=AT_HOME, s=scenario("s"))
    people = {f"p{home}_{who}": f"h_{home}" for home in range(10) for who in "ab"}
    await _live(shop, people)
    for name in people:
        await shop.send("contact.subscribed", name)
        await shop.route(noon)
    groups = [row["id"] for row in await shop.rows("select id from groups order by id")]
    assert len(groups) == len(people)
    await asyncio.gather(*(advance(shop.database, shop.plans, group, noon) for group in groups))
    assert await _counted(shop) == {f"h_{home}": 1 for home in range(10)}
    reasons = await shop.rows("select data ->> 'because' as why from trail where what = 'not_sent'")
    assert [row["why"] for row in reasons] == ["cap"] * 10


async def test_people_of_a_household_who_are_decided_together_see_each_other(shop, noon):
    await shop.publish(policy=policy(2, 7, on_cap="drop"), catalog=AT_HOME, s=scenario("s"))
    await _live(shop, {"ada": "h", "bob": "h", "cyd": "h", "dan": None, "eve": None, "fay": None})
    for name in ("ada", "bob", "cyd", "dan", "eve", "fay"):
        await shop.send("contact.subscribed", name)
    await shop.route(noon)
    together = "update runs set group_id = (select min(group_id) from runs) returning group_id as id"
    await advance(shop.database, shop.plans, (await shop.rows(together))[0]["id"], noon)
    assert await _counted(shop) == {"h": 2}
    rows = await shop.rows("select contact_id from messages where state = 'reserved' and household is null")
    assert {row["contact_id"] for row in rows} == {"dan", "eve", "fay"}


async def test_messages_that_come_late_together_are_held_to_each_other(shop, noon):
    """Each has its place on a day of its own; by the third day one may leave, and the other asks again."""
    await shop.publish(policy=policy(1, 1), catalog=AT_HOME, s=scenario("s"))
    await _live(shop, {"ada": "h", "bob": "h"})
    for name in ("ada", "bob"):
        await shop.happens("contact.subscribed", name)
    places = await shop.rows("select id, local_day from messages order by local_day")
    assert [row["local_day"] - noon.date() for row in places] == [timedelta(0), timedelta(days=1)]
    late = noon + timedelta(days=2)
    begun = await begin(shop.database, shop.plans, _renderer(shop), [row["id"] for row in places], late)
    assert (len(begun.attempts), begun.not_allowed) == (1, 1)


@pytest.mark.parametrize("day", ["calendar", "rolling"])
async def test_no_home_is_over_its_limit_whatever_the_concurrency_while_people_move(shop, noon, day):
    scenarios = {f"s{n}": scenario(f"s{n}", "m1", "m2", priority=10 * n) for n in range(1, 5)}
    await shop.publish(policy=policy(LIMIT, 2, day=day), catalog=AT_HOME, **scenarios)
    await _live(shop, {"ada": "h_1", "bob": "h_1", "cyd": "h_2", "dan": "h_2"})
    for name in ("ada", "bob", "cyd", "dan"):
        await shop.send("contact.subscribed", name)
    await asyncio.gather(*(route(shop.database, shop.plans, noon) for _ in range(3)))
    await shop.route(noon)

    def move(name, home):
        profile = Profile(name, {HOME: home})
        return lambda at: upsert(shop.database, shop.plans, [profile], source="tests", now=at)

    provider = Provider()
    await days(shop, provider, 5, noon, move("bob", "h_2"), move("cyd", "h_1"))
    rows = await shop.rows(
        "select household, sent_at as at, local_day as day from messages where sent_at is not null"
    )
    assert {row["household"] for row in rows} == {"h_1", "h_2"}
    for first in rows:
        same = [row for row in rows if row["household"] == first["household"]]
        if day == "calendar":
            window = [row for row in same if 0 <= (row["day"] - first["day"]).days < 2]
        else:
            window = [row for row in same if first["at"] <= row["at"] < first["at"] + timedelta(days=2)]
        assert len(window) <= LIMIT, window
    assert len(provider.given) == len({message for message, _ in provider.given})


async def test_a_decision_that_rested_on_somebody_else_is_made_again_the_same(shop, noon):
    await shop.publish(policy=policy(1, 7, on_cap="drop"), catalog=AT_HOME, s=scenario("s"))
    await _live(shop, {"ada": "h", "bob": "h"})
    await shop.happens("contact.subscribed", "ada")
    await shop.sent("ada")
    await shop.happens("contact.subscribed", "bob")
    await shop.rows("update messages set state = 'delivered' where contact_id = 'ada' returning id")
    await erase(shop.database, shop.plans, "ada", source="tests", now=noon)
    run = await shop.run("s", "bob")
    async with shop.database.connection() as connection:
        again = await replay(connection, shop.plans, run["id"])
    assert again.same
    said = " ".join(line.text for step in again.steps for line in step.decided)
    assert "the limit of at most 1 email to a household per 7 days was full with 1" in said


async def test_who_is_erased_counts_no_more_and_leaves_no_household(shop, noon):
    await shop.publish(policy=policy(1, 7, on_cap="drop"), catalog=AT_HOME, s=scenario("s"))
    await _live(shop, {"ada": "h", "bob": "h"})
    await shop.happens("contact.subscribed", "ada")
    await shop.sent("ada")
    await erase(shop.database, shop.plans, "ada", source="tests", now=noon)
    assert await shop.rows("select from messages where household is not null") == []
    await shop.happens("contact.subscribed", "bob")
    assert await shop.messages("bob") == [("m1", "email", "reserved")]


async def test_those_who_live_together_are_found_by_an_index(shop):
    await shop.publish(catalog=AT_HOME, s=scenario("s"))
    await shop.publish(catalog=AT_HOME, s=scenario("s", "m2"))
    await _live(shop, {"ada": "h", "bob": "h", "cyd": "g"})
    async with shop.database.transaction() as connection:
        await connection.execute("set local enable_seqscan = off")
        asked = f"explain select id from contacts where attributes ->> '{HOME}' = 'h'"
        plan = " ".join(row["QUERY PLAN"] for row in await (await connection.execute(asked)).fetchall())
    assert "contacts_household_" in plan


async def test_a_brand_without_a_limit_of_the_household_asks_the_database_nothing_more(shop, noon):
    """Households are known, and messages keep theirs; only a limit of theirs looks them up and locks."""
    await shop.publish(catalog=AT_HOME, s=scenario("s"))
    await _live(shop, {"ada": "h"})
    await shop.happens("contact.subscribed", "ada")
    assert [row["household"] for row in await shop.rows("select household from messages")] == ["h"]
    assert await shop.rows("select from household_locks") == []
    world, people = await shop.plans.world(), await shop.rows("select * from contacts")
    no_connection: Any = None
    await households.lock(no_connection, world, people)
    assert await households.messages(no_connection, world, people, noon) == {}


async def test_events_of_two_homes_that_enter_two_scenarios_lock_both_homes_at_once(shop, noon):
    """In their order, whichever scenario comes first: else two routers could wait for each other."""
    other = scenario("t").replace("contact.subscribed", "loyalty.granted")
    await shop.publish(policy=policy(1, 7), catalog=AT_HOME, s=scenario("s"), t=other)
    order = "select name as id from unnest(%s::text[]) as h (name) order by hashtextextended(name, 0)"
    first, last = [row["id"] for row in await shop.rows(order, ["h_1", "h_2"])]
    await _live(shop, {"ada": last, "bob": first})
    await shop.send("contact.subscribed", "ada")
    await shop.send("loyalty.granted", "bob")
    async with shop.database.transaction() as connection:
        await rows.lock(connection, {first})
        routing = asyncio.create_task(route(shop.database, shop.plans, noon))
        waiting = (
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        while not await shop.rows(waiting):  # noqa: ASYNC110 - only the database knows who waits
            await asyncio.sleep(0.01)
        await rows.lock(connection, {last})
    assert await routing == 2
    assert len(await shop.rows("select 1 from runs")) == 2
