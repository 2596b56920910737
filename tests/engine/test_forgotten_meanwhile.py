"""Who is erased while something about them is under way is forgotten by that, too, and by its provider."""

import asyncio
from datetime import timedelta

import pytest

from channels.errors import UnknownOutcome
from channels.events import DeliveryEvent
from channels.messages import SendResult
from engine.attempts import Outcome, begin, settle, settle_unknown
from engine.deliveries import record
from engine.links import Links
from engine.privacy import erase, forget, forget_what_came
from engine.rendering import Renderer
from store import contacts
from tests.engine.scenarios import scenario

DAY = timedelta(days=1)
MAIL = scenario("mail", "- email: m1", entry="always")
TEXT = scenario("text", "- sms: m1", entry="always")
PHONE = "+33639980001"
REPLY = DeliveryEvent(
    "replied",
    "twilio",
    "sms",
    "SM1",
    None,
    address=PHONE,
    text="it is Ada",
    raw={"MessageSid": "SM1", "From": PHONE, "Body": "it is Ada"},
)


async def subscribed(shop, text):
    await shop.publish(text=text)
    await shop.person("ada", phone=PHONE)
    await shop.happens("contact.subscribed")


async def attempted(shop, now):
    renderer = Renderer(shop.folder / "templates", Links("https://relance.example", ("k" * 40,)))
    ids = [row["id"] for row in await shop.rows("select id from messages")]
    (attempt,) = (await begin(shop.database, shop.plans, renderer, ids, now)).attempts
    return attempt


async def asked(shop):
    """Who is asked to forget her: provider, its ids, how many addresses."""
    found = await shop.rows("select provider, message_ids, addresses, next_at from erasures order by id")
    return [(row["provider"], row["message_ids"], len(row["addresses"])) for row in found]


async def while_forgotten(shop, noon, work):
    """Do a piece of work that begins while Ada is being forgotten, and may end after it."""
    async with shop.database.transaction() as connection:
        rows = await contacts.lock(connection, ["ada"])
        await forget(connection, shop.plans, rows, source="tests", now=noon)
        task = asyncio.create_task(work)
        await asyncio.sleep(0.3)
    return await task


async def test_an_event_that_is_taken_in_meanwhile_is_emptied_soon_after(shop, noon):
    await subscribed(shop, MAIL)
    await while_forgotten(shop, noon, shop.send("order.placed", order_id="of Ada", total=3))
    await shop.person("bob")
    await shop.send("order.placed", "bob", order_id="of Bob", total=3)
    assert await forget_what_came(shop.database, noon + timedelta(minutes=1)) == 0
    assert await forget_what_came(shop.database, noon + timedelta(minutes=6)) == 1
    assert await forget_what_came(shop.database, noon + timedelta(minutes=6)) == 0
    kept = str(await shop.rows("select properties from events"))
    assert "of Ada" not in kept
    assert "of Bob" in kept


async def test_a_report_that_is_taken_in_meanwhile_is_kept_without_its_words(shop, noon):
    await subscribed(shop, MAIL)
    await while_forgotten(shop, noon, record(shop.database, shop.plans, [REPLY], noon))
    assert await shop.rows("select raw, reason from delivery_reports") == [{"raw": {}, "reason": None}]


async def test_a_report_of_later_that_names_no_message_is_kept_without_its_words(shop, noon):
    await subscribed(shop, MAIL)
    await erase(shop.database, shop.plans, "ada", source="tests", now=noon)
    stranger = DeliveryEvent(
        "replied", "twilio", "sms", "SM2", noon, address="+33639980002", raw={"Body": "?"}
    )
    await record(shop.database, shop.plans, [REPLY, stranger], noon + DAY)
    assert await shop.rows("select raw from delivery_reports order by key") == [
        {"raw": {}},
        {"raw": {"Body": "?"}},
    ]


async def test_what_its_provider_takes_after_the_erasure_is_forgotten_there_too(shop, noon):
    await subscribed(shop, TEXT)
    attempt = await attempted(shop, noon)
    await erase(shop.database, shop.plans, "ada", source="tests", now=noon)
    taken = Outcome(attempt, result=SendResult("twilio", "SM77"))
    await settle(shop.database, shop.plans, [taken], noon + timedelta(seconds=9))
    assert await asked(shop) == [("unknown", [], 1), ("twilio", ["SM77"], 1)]
    assert PHONE not in str(await shop.rows("select * from erasures"))


@pytest.mark.parametrize("settled", [False, True])
async def test_a_provider_that_may_have_it_is_asked_a_day_later(shop, noon, settled):
    await subscribed(shop, MAIL)
    lost = Outcome(await attempted(shop, noon), error=UnknownOutcome("timeout", provider="sendgrid"))
    await settle(shop.database, shop.plans, [lost], noon)
    now = noon + 2 * DAY if settled else noon
    if settled:
        assert await settle_unknown(shop.database, shop.plans, now) == 1
    await erase(shop.database, shop.plans, "ada", source="tests", now=now)
    assert await asked(shop) == [("unknown", [], 1)]
    assert await shop.rows("select 1 from erasures where next_at = %s", now + DAY)


async def test_an_id_that_a_report_brings_after_the_erasure_is_forgotten_at_the_provider(shop, noon):
    await subscribed(shop, TEXT)
    await attempted(shop, noon)
    await erase(shop.database, shop.plans, "ada", source="tests", now=noon)
    (row,) = await shop.rows("select uid::text as uid from messages")
    for number, kind in enumerate(("accepted", "delivered")):
        report = DeliveryEvent(
            kind, "twilio", "sms", f"k{number}", noon, message_id=row["uid"], provider_id="SM78"
        )
        await record(shop.database, shop.plans, [report], noon)
    assert await asked(shop) == [("unknown", [], 1), ("twilio", ["SM78"], 0)]
