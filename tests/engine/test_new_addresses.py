"""What somebody objected to at an address holds for their next one; that it was dead does not."""

from datetime import timedelta

import pytest

from channels.events import DeliveryEvent
from engine.deliveries import record
from engine.imports.applying import By, import_people
from engine.imports.mapping import Mapping
from engine.imports.staging import Source
from engine.people import Profile, upsert
from engine.subscriptions import start_sms, stop_sms
from tests.engine.scenarios import scenario

OLD, NEW = "+33639980001", "+33639980002"
HOUR = timedelta(hours=1)
TEXT = scenario("text", "- sms: m1", entry="always")
MAIL = scenario("mail", "- email: m1", entry="always")
MOVES = scenario(
    "text",
    f"""
    - set: {{ contact.phone: '"{NEW}"' }}
    - sms: m1
    """,
    entry="always",
)


async def told(shop, now, **attributes):
    await upsert(shop.database, shop.plans, [Profile("ada", attributes)], source="crm", now=now)


async def said_stop(shop, noon, text=TEXT):
    await shop.publish(text=text)
    await shop.person("ada", phone=OLD)
    await stop_sms(shop.database, shop.plans, OLD, "36180", source="twilio", now=noon)


async def planned(shop, at):
    """The states of messages after a subscription at an instant."""
    await shop.happens("contact.subscribed", at=at)
    return [state for _, _, state in await shop.messages()]


async def reported(shop, now, kind, suppress):
    report = DeliveryEvent(
        kind=kind,
        provider="sendgrid",
        channel="email",
        key=kind,
        at=now,
        address="ada@example.com",
        suppress=suppress,
    )
    await record(shop.database, shop.plans, [report], now)


async def test_a_stop_goes_with_the_person_to_their_next_number(shop, noon):
    await said_stop(shop, noon)
    await told(shop, noon + HOUR, phone=NEW)
    assert await planned(shop, noon + HOUR) == []


async def test_a_stop_outlives_a_time_without_a_number(shop, noon):
    await said_stop(shop, noon)
    await told(shop, noon + HOUR, phone=None)
    await told(shop, noon + 2 * HOUR, phone=NEW)
    assert await planned(shop, noon + 2 * HOUR) == []


async def test_start_from_the_next_number_ends_it(shop, noon):
    await said_stop(shop, noon)
    await told(shop, noon + HOUR, phone=NEW)
    await start_sms(shop.database, shop.plans, NEW, "36180", now=noon + HOUR)
    assert await planned(shop, noon + HOUR) == ["reserved"]


async def test_who_took_their_stop_back_is_not_stopped_again_by_a_number_of_long_ago(shop, noon):
    await said_stop(shop, noon)
    await told(shop, noon + HOUR, phone=NEW)
    await start_sms(shop.database, shop.plans, NEW, "36180", now=noon + HOUR)
    await told(shop, noon + 2 * HOUR, phone="+33639980003")
    assert await planned(shop, noon + 2 * HOUR) == ["reserved"]


async def test_a_stop_goes_along_where_a_run_changes_the_number(shop, noon):
    await said_stop(shop, noon, MOVES)
    assert await planned(shop, noon + HOUR) == []
    assert await shop.rows("select 1 from contacts where phone = %s", NEW)


async def test_a_stop_goes_along_where_a_file_changes_the_number(shop, noon, tmp_path):
    await said_stop(shop, noon)
    file = tmp_path / "people.csv"
    file.write_text(f"id,phone\nada,{NEW}\nbob,+33639980009\n")
    catalog = (await shop.plans.world()).catalog
    source = Source(file, Mapping.model_validate({"columns": {"phone": {"attribute": "phone"}}}), catalog)
    await import_people(shop.database, shop.plans, source, By("tests", "crm"), now=noon + HOUR)
    assert await planned(shop, noon + HOUR) == []


@pytest.mark.parametrize(
    ("kind", "suppress", "states"),
    [("complained", "complaint", []), ("bounced", "hard_bounce", ["reserved"])],
)
async def test_a_complaint_goes_along_and_a_dead_mailbox_does_not(shop, noon, kind, suppress, states):
    await shop.publish(mail=MAIL)
    await shop.person("ada")
    await reported(shop, noon, kind, suppress)
    await told(shop, noon + HOUR, email="ada@new.example")
    assert await planned(shop, noon + HOUR) == states
