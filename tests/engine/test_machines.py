"""Opens and clicks of scanners never count: before anybody can have read, or every link at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.events import DeliveryEvent
from engine.deliveries import record
from engine.subscriptions import grant
from tests.engine.scenarios import scenario

HELLO = scenario("hello", "- email: m1")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def sent(shop, noon):
    """Ada, whose clicks and opens may be known, was sent an email at noon."""
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    for what in ("clicks", "opens"):
        await grant(shop.database, shop.plans, "ada", "tracking", what, source="centre", now=noon)
    await shop.happens("contact.subscribed")
    await shop.sent(provider_id="x1")
    return shop


def click(link, at, kind="clicked"):
    return DeliveryEvent(kind, "sendgrid", "email", f"{kind}/{link}/{at}", at, provider_id="x1", link=link)


async def links(shop):
    found = await shop.rows(
        "select properties ->> 'link' as link from events where name like 'message._%%ed'"
        " and name in ('message.clicked', 'message.opened') order by at"
    )
    return [row["link"] for row in found]


@pytest.mark.parametrize("kind", ["clicked", "opened"])
async def test_nobody_has_read_a_message_that_just_left(sent, noon, kind):
    gateway = click("shop", noon + 3 * SECOND, kind)
    await record(sent.database, sent.plans, [gateway], noon + 4 * SECOND)
    assert await links(sent) == []
    person = click("shop", noon + 60 * SECOND, kind)
    await record(sent.database, sent.plans, [person], noon + 61 * SECOND)
    assert len(await links(sent)) == 1


async def test_who_follows_every_link_at_once_reads_none(sent, noon):
    """In one call of the webhook."""
    at = noon + timedelta(minutes=10)
    burst = [click(link, at) for link in ("shop", "fern", "terms")]
    await record(sent.database, sent.plans, burst, at)
    assert await links(sent) == []


async def test_also_when_each_is_told_alone(sent, noon):
    """The first of them cannot be known for what it is; those that follow can."""
    at = noon + timedelta(minutes=10)
    for number, link in enumerate(("shop", "fern", "terms")):
        await record(sent.database, sent.plans, [click(link, at + number * SECOND / 4)], at + SECOND)
    assert await links(sent) == ["shop"]


async def test_a_person_may_follow_one_link_twice_and_then_another(sent, noon):
    at = noon + timedelta(minutes=10)
    again = replace(click("shop", at), key="again")
    await record(sent.database, sent.plans, [click("shop", at), again, click("fern", at + 8 * SECOND)], at)
    assert await links(sent) == ["shop", "shop", "fern"]
