"""Messages with their provider, or on their way to it, while a merge is undone: whose they are."""

import asyncio
from datetime import timedelta

from channels.errors import Retryable
from channels.messages import SendResult
from engine.attempts import Outcome, begin, settle
from engine.links import Links
from engine.rendering import Renderer
from engine.unmerging import unmerge
from tests.engine.conftest import KEYS
from tests.engine.meeting import meet
from tests.engine.merged_people import CART, HELLO, join, part


def renderer(shop):
    return Renderer(shop.folder / "templates", Links("https://mv.example", KEYS))


async def ids(shop):
    return [
        row["id"] for row in await shop.rows("select id from messages where state = 'reserved' order by id")
    ]


async def bobs_is_due_to_ada(shop, noon, hello=HELLO):
    """The merge that made it hers."""
    await shop.publish(hello=hello, cart=CART)
    await shop.person("ada")
    await shop.person("bob")
    await shop.happens("order.placed", "bob", order_id="b", total=3)
    told = await join(shop, "ada", "bob", noon)
    await shop.look(noon)
    return told


async def test_what_comes_back_from_the_provider_after_the_undoing_is_for_the_person_of_its_run(shop, noon):
    told = await bobs_is_due_to_ada(shop, noon)
    (attempt,) = (await begin(shop.database, shop.plans, renderer(shop), await ids(shop), noon)).attempts
    assert attempt.message.to == "ada@example.com"
    await part(shop, told.id, noon)
    busy = Retryable("busy", provider="tests")
    await settle(shop.database, shop.plans, [Outcome(attempt, error=busy)], noon)
    await shop.look(noon)
    (again,) = (await begin(shop.database, shop.plans, renderer(shop), await ids(shop), noon)).attempts
    assert (again.contact_id, again.message.to) == ("bob", "bob@example.com")


async def test_what_follows_a_message_of_somebody_given_back_is_decided_with_its_outcome(shop, noon):
    """The run is theirs and the message is not: both are locked, so that nobody else decides meanwhile."""
    told = await bobs_is_due_to_ada(shop, noon)
    (attempt,) = (await begin(shop.database, shop.plans, renderer(shop), await ids(shop), noon)).attempts
    await part(shop, told.id, noon)
    taken = SendResult("tests", "p1")
    await settle(shop.database, shop.plans, [Outcome(attempt, result=taken)], noon)
    (run,) = await shop.rows("select contact_id, due_at from runs where scenario = 'hello'")
    assert run == {"contact_id": "bob", "due_at": noon + timedelta(days=3)}


SERVICE = HELLO.replace("topic: newsletter", "topic: service")


async def test_a_message_that_goes_home_while_it_is_handed_over_waits_for_the_next_time(shop, noon):
    told = await bobs_is_due_to_ada(shop, noon, SERVICE)
    due, begun = await ids(shop), []

    async def parting(database):
        await unmerge(database, shop.plans, told.id, actor="t", now=noon)

    async def handing(database):
        begun.append(await begin(database, shop.plans, renderer(shop), due, noon))

    async with asyncio.timeout(20):
        assert await meet(shop.database, parting, handing, 1) == "first"
    assert begun[0].attempts == ()
    (attempt,) = (await begin(shop.database, shop.plans, renderer(shop), due, noon)).attempts
    assert attempt.message.to == "bob@example.com"
