"""SendGrid keeps a list of its own of who unsubscribed: what it drops from then on, we send no more."""

import pytest

from channels.sendgrid.webhook import _event as translated
from engine.deliveries import record
from engine.subscriptions import grant
from tests.engine.conftest import CATALOG
from tests.engine.scenarios import scenario

HELLO = scenario("hello", "- email: m1")
OFFERS = "  offers: { title: Offers, class: marketing, channels: [email], default: opt_in }\n  service: {"


@pytest.mark.parametrize(
    ("report", "left"),
    [
        ({"event": "unsubscribe"}, set()),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, set()),
        ({"event": "group_unsubscribe", "asm_group_id": 7}, {"offers"}),
    ],
)
async def test_its_global_list_ends_every_topic_and_a_group_the_topic_of_the_mail(shop, noon, report, left):
    await shop.publish(hello=HELLO, catalog=CATALOG.replace("  service: {", OFFERS))
    await shop.person("ada")
    await grant(shop.database, shop.plans, "ada", "offers", "email", source="form", now=noon)
    await shop.happens("contact.subscribed")
    await shop.sent(provider_id="abc")
    about = {"email": "ada@example.com", "timestamp": int(noon.timestamp()), "sg_message_id": "abc.filter"}
    await record(shop.database, shop.plans, [translated(report | about)], noon)
    said = await shop.rows("select topic, state from consents where channel = 'email' order by id")
    holds = {row["topic"]: row["state"] for row in said}
    assert {topic for topic, state in holds.items() if state == "granted"} == left
