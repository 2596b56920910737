"""A provider that answers nothing may have taken the message: its report, where one comes, is believed."""

from datetime import timedelta

from channels.errors import Retryable, UnknownOutcome
from channels.events import DeliveryEvent
from engine.attempts import Outcome, begin, settle
from engine.deliveries import record
from engine.links import Links
from engine.rendering import Renderer
from tests.engine.scenarios import scenario

RECEIPT = scenario(
    "receipt",
    """
    - email: m1
    - wait: 1 day
    """,
).replace("topic: newsletter", "topic: service")
"""Transactional: tried again after an unknown outcome."""

MINUTE = timedelta(minutes=1)


async def tried(shop, now, *, error=None):
    """How many attempts were made of what is due now, all of which end in the error."""
    renderer = Renderer(shop.folder / "templates", Links("https://relance.example", ("k" * 40,)))
    ids = [row["id"] for row in await shop.rows("select id from messages")]
    begun = await begin(shop.database, shop.plans, renderer, ids, now)
    error = error or UnknownOutcome("504 Gateway Timeout", provider="sendgrid")
    await settle(shop.database, shop.plans, [Outcome(each, error=error) for each in begun.attempts], now)
    return len(begun.attempts)


async def reported(shop, kind, at):
    (message,) = await shop.rows("select uid::text as uid from messages")
    report = DeliveryEvent(
        kind=kind,
        provider="sendgrid",
        channel="email",
        key=f"{kind} {at}",
        at=at,
        message_id=message["uid"],
        provider_id="p1",
        address="ada@example.com",
    )
    await record(shop.database, shop.plans, [report], at)


async def begin_receipt(shop, noon):
    await shop.publish(receipt=RECEIPT)
    await shop.person("ada")
    await shop.happens("contact.subscribed")
    assert await tried(shop, noon) == 1
    assert await shop.messages() == [("m1", "email", "reserved")]


async def test_what_arrived_though_nobody_answered_is_not_sent_a_second_time(shop, noon):
    await begin_receipt(shop, noon)
    await reported(shop, "delivered", noon + MINUTE)
    assert await shop.messages() == [("m1", "email", "delivered")]
    assert await tried(shop, noon + 3 * MINUTE) == 0
    names = [row["name"] for row in await shop.rows("select name from events where name like 'message%%'")]
    assert sorted(names) == ["message.delivered", "message.sent"]


async def test_its_run_goes_on_by_the_report(shop, noon):
    await begin_receipt(shop, noon)
    assert (await shop.run("receipt"))["position"] == "1"
    await reported(shop, "accepted", noon + MINUTE)
    await shop.look(noon + MINUTE)
    assert (await shop.run("receipt"))["position"] == "2"


async def test_what_bounced_though_nobody_answered_is_not_sent_a_second_time(shop, noon):
    await begin_receipt(shop, noon)
    await reported(shop, "bounced", noon + MINUTE)
    assert await shop.messages() == [("m1", "email", "refused")]
    assert await tried(shop, noon + 3 * MINUTE) == 0


async def test_without_a_report_it_is_tried_again(shop, noon):
    await begin_receipt(shop, noon)
    busy = Retryable("429 Too Many Requests", provider="sendgrid")
    assert await tried(shop, noon + 3 * MINUTE, error=busy) == 1
    assert await tried(shop, noon + 6 * MINUTE) == 1
