"""What people in flight still need of the catalog, and versions that come and go while they are under way."""

import asyncio

import pytest

from engine.edit_rounds import carry_on
from engine.edits import catch_up
from engine.publish import PublishRefused, publish
from store import contacts
from tests.engine.conftest import CATALOG, Shop, write_project

HEAD = """
scenario: hello
title: Hello
owner: crm
topic: newsletter
trigger: { event: contact.subscribed }
entry: always
"""
NEEDY = f"""{HEAD}
steps:
  - {{ wait: 1 day, id: pause }}
  - if: contact.tier == gold and not in segment vip
    then: [{{ email: m1, id: rich }}]
    else: [{{ email: m2, id: poor }}]
  - wait_for: cart.updated
    id: cart
    up_to: 1 day
    then: [{{ email: coded, id: carted, with: {{ code: take(welcome) }} }}]
    timeout: []
  - {{ email: m3, id: last, topic: service }}
"""
PLAIN = f"{HEAD}\nsteps:\n  - {{ wait: 1 day, id: pause }}\n  - {{ email: m1, id: rich }}\n"
VIP = "vip: { title: Best customers, is: contact.points > 5 }\n"


async def put(
    shop: Shop, text: str | None, now, *, without: str = "", segments: str = VIP
) -> tuple[str, ...]:
    """Publish the scenario, or without it, over a catalog that lacks a line."""
    for path in (shop.folder / "scenarios" / "tests").glob("*.yaml"):
        path.unlink()
    write_project(shop.folder, {"hello": text} if text else {}, codes=("A", "B"))
    lines = [line for line in CATALOG.splitlines() if not without or not line.startswith(without)]
    (shop.folder / "scenarios" / "catalog.yaml").write_text("\n".join(lines))
    (shop.folder / "scenarios" / "segments.yaml").write_text(segments)
    return (await publish(shop.database, shop.folder, author="tests", now=now)).lines


@pytest.mark.parametrize(
    ("without", "needs"),
    [
        ("  tier:", "the attribute `tier`"),
        ("  cart.updated:", "the event `cart.updated`"),
        ("  service:", "the topic `service`"),
        ("codes:", "the code pool `welcome`"),
        ("vip", "the segment `vip`"),
    ],
)
async def test_what_people_in_flight_still_need_cannot_go(shop: Shop, noon, without: str, needs: str):
    """It would be unknown to them, and a condition quietly false: refused, unless nobody stays."""
    await put(shop, NEEDY, noon)
    await shop.person("ada", tier="gold")
    await shop.happens("contact.subscribed", list="x")
    segments = "" if without == "vip" else VIP
    for text in (PLAIN, None):
        with pytest.raises(PublishRefused, match=f"1 people go on with version 1, which needs {needs}"):
            await put(shop, text, noon, without=without, segments=segments)
    gone = f"{PLAIN}on_edit: {{ move: exit }}\n"
    assert "hello: version 2" in (await put(shop, gone, noon, without=without, segments=segments))[1]


async def test_what_they_have_behind_them_may_go(shop: Shop, noon, days):
    """Who waits for a cart has been told apart by tier already."""
    await put(shop, NEEDY, noon)
    await shop.person("ada", tier="gold")
    await shop.happens("contact.subscribed", list="x")
    await shop.look(days(1))
    await shop.sent(now=days(1))
    await shop.look(days(1))
    assert (await shop.run("hello"))["position"] == "cart"
    told = await put(shop, PLAIN, days(1), without="  tier:", segments=VIP)
    assert told[1].startswith("hello: version 2; people in flight finish where they are: 1 on version 1")


async def test_a_scenario_that_is_taken_out_and_brought_back_takes_over_who_is_left(shop: Shop, noon, days):
    """Under its name, with the next number; until then nobody enters, and who is in it goes on."""
    await put(shop, PLAIN, noon)
    for name in ("ada", "bob"):
        await shop.person(name)
    await shop.happens("contact.subscribed", list="x")
    assert "hello: withdrawn" in "\n".join(await put(shop, None, noon))
    await shop.happens("contact.subscribed", "bob", list="x")
    assert await shop.rows("select 1 from runs where contact_id = 'bob'") == []
    back = f"{PLAIN.replace('m1', 'm2')}on_edit: {{ move: exit }}\n"
    assert "hello: version 2" in "\n".join(await put(shop, back, noon))
    await shop.look(days(1))
    assert await shop.messages() == [("m2", "email", "reserved")]


async def test_two_publications_at_once_come_one_after_the_other(shop: Shop, noon):
    """Whoever publishes the same at the same time finds it published."""
    write_project(shop.folder, {"hello": PLAIN})
    found = await asyncio.gather(
        *(publish(shop.database, shop.folder, author=name, now=noon) for name in ("one", "two", "three"))
    )
    assert sorted(each.versions for each in found) == [(), (), (("hello", 1),)]
    assert [row["action"] for row in await shop.rows("select action from audit order by id")] == [
        "publish"
    ] * 3


THREE = [
    PLAIN,
    PLAIN.replace("m1", "m2").replace("wait: 1 day", "wait: 2 days") + "on_edit: { move: finish }\n",
    PLAIN.replace("m1", "m3").replace("wait: 1 day", "wait: 3 days") + "on_edit: { move: finish }\n",
]


async def test_three_versions_live_in_one_group(shop: Shop, noon, days):
    """A round stopped half-way, twice: everybody gets the message of the version that is in force."""
    await put(shop, THREE[0], noon)
    names = [f"p{number}" for number in range(60)]
    for name in names:
        await shop.person(name)
    for name in names:
        await shop.send("contact.subscribed", name, list="x")
    await shop.route()
    await shop.look()
    for text in THREE[1:]:
        await put(shop, text, noon)
        await _moved(shop, 20, noon)
    versions = await shop.rows(
        "select group_id, count(distinct version) as n from runs group by 1 order by n desc limit 1"
    )
    assert versions[0]["n"] == 3
    await shop.look(days(1))
    assert await shop.rows("select 1 from messages") == []
    await carry_on(shop.database, shop.plans, days(1))
    await shop.look(days(3))
    sent = await shop.rows("select message, count(*) as n from messages group by 1")
    assert sent == [{"message": "m3", "n": 60}]


async def _moved(shop: Shop, number: int, now) -> None:
    """So many people are reached, and the rest is left for later."""
    found = await shop.rows(
        "select contact_id from runs where version = 1 order by contact_id limit %s", number
    )
    async with shop.database.transaction() as connection:
        ids = [row["contact_id"] for row in found]
        await contacts.lock(connection, ids)
        in_force = await shop.plans.in_force(connection)
        await catch_up(connection, shop.plans, in_force, ids, now)
