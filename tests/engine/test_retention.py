"""What has been kept long enough goes by itself, at night."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from channels.events import DeliveryEvent
from engine.deliveries import record
from engine.rights.retention import nightly, purge
from tests.engine.conftest import CATALOG, NOON, POLICY
from tests.engine.scenarios import scenario

HELLO = scenario("hello", "- sms: m1", trigger="event: order.placed", entry="always")
KEPT = POLICY + "retention: { events: 1 year, raw: 90 days }\n"
DAY = timedelta(days=1)


@pytest.fixture
async def answered(shop):
    """Ada got an SMS and answered it; a report says that it was delivered."""
    await shop.publish(hello=HELLO, policy=KEPT)
    await shop.person("ada")
    await shop.happens("order.placed", order_id="o1", total=3)
    await shop.sent(provider_id="SM1")
    said = {
        "channel": "sms",
        "provider": "twilio",
        "address": "+33639980294",
    }
    reports = [
        DeliveryEvent("delivered", key="k1", at=NOON, provider_id="SM1", raw={"To": "+33639980294"}, **said),
        DeliveryEvent(
            "replied",
            key="k2",
            at=NOON,
            text="thank you, Ada",
            raw={"MessageSid": "SM2", "Body": "thank you, Ada"},
            **said,
        ),
    ]
    assert await record(shop.database, shop.plans, reports, NOON) == 2
    return shop


async def words(shop):
    kept = str(await shop.rows("select raw from delivery_reports"))
    kept += str(await shop.rows("select properties from events where name = 'message.replied'"))
    return [each for each in ("+33639980294", "thank you") if each in kept]


async def test_words_go_and_what_they_meant_stays(answered):
    early = await purge(answered.database, answered.plans, actor="tests", now=NOON + 89 * DAY)
    assert early.raw == 0
    assert await words(answered) == ["+33639980294", "thank you"]
    late = NOON + 91 * DAY
    counted = await purge(answered.database, answered.plans, actor="tests", now=late, dry_run=True)
    done = await purge(answered.database, answered.plans, actor="tests", now=late)
    assert (counted.raw, done.raw) == (3, 3)
    assert await words(answered) == []
    (reply,) = await answered.rows("select properties from events where name = 'message.replied'")
    assert reply["properties"]["scenario"] == "hello"
    kinds = await answered.rows("select kind, raw from delivery_reports order by kind")
    assert [each["kind"] for each in kinds] == ["delivered", "replied"]
    assert kinds[1]["raw"] == {"MessageSid": "SM2"}, "an erasure asks Twilio by it"
    again = await purge(answered.database, answered.plans, actor="tests", now=late + DAY)
    assert again.raw == 0


async def test_it_is_done_once_a_night_however_many_workers_there_are(answered):
    """At three in Paris, which is two in UTC in winter; a new installation waits for its first night."""

    async def workers(now):
        done = await asyncio.gather(*(nightly(answered.database, answered.plans, now) for _ in range(4)))
        return [each.raw for each in done if each is not None]

    long_after = NOON + 100 * DAY
    evening = datetime(2027, 11, 1, 20, tzinfo=UTC)
    assert evening > long_after
    assert await workers(evening) == [], "the policy can still be looked at"
    assert await words(answered) == ["+33639980294", "thank you"]
    assert await workers(evening + timedelta(hours=5, minutes=59)) == []
    assert await workers(evening + timedelta(hours=6)) == [3]
    assert await words(answered) == []
    assert await workers(evening + timedelta(hours=7)) == []
    assert await workers(evening + timedelta(hours=30)) == [0]
    audited = await answered.rows("select actor, data from audit where action = 'purge'")
    assert [(each["actor"], each["data"]["raw"]) for each in audited] == [("retention", 3)]


@pytest.mark.parametrize(("direction", "people"), [("out", 1), ("in", 0)])
async def test_what_the_brand_did_keeps_nobody_and_what_they_did_does(shop, direction, people):
    event = (
        f"  letter.posted: {{ campaign: text, _purpose: orders, _direction: {direction} }}\n  cart.updated:"
    )
    catalog = CATALOG.replace("  cart.updated:", event)
    policy = POLICY + "retention: { inactive_contacts: 3 years }\n"
    await shop.publish(hello=HELLO, catalog=catalog, policy=policy)
    await shop.person("ada")
    late = NOON + timedelta(days=4 * 365)
    await shop.send("letter.posted", "ada", at=late - 30 * DAY, campaign="spring")
    done = await purge(shop.database, shop.plans, actor="tests", now=late, dry_run=True)
    assert done.people == people
