"""Erasure: nothing that is left says who it was, and nothing leaves any more."""

from datetime import timedelta

import pytest

from channels.events import DeliveryEvent
from engine.deliveries import record
from engine.privacy import erase
from engine.subscriptions import grant
from engine.tasks import done
from tests.engine.scenarios import scenario

HELLO = scenario(
    "hello",
    """
    - email: m1
    - task: Call back
      team: care
    - task: Write a letter
      team: care
    - wait: 3 days
    - email: m2
    """,
    trigger="event: order.placed",
    entry="always",
)


@pytest.fixture
async def erased(shop, noon):
    """Ada, who left traces everywhere and was forgotten."""
    await shop.publish(hello=HELLO)
    await shop.person("ada", tier="gold")
    await shop.happens("order.placed", order_id="secret-order", total=3)
    await shop.sent(provider_id="p1")
    await shop.look()
    await done(shop.database, 1, "marie", "call ada@example.com on Friday", noon)
    report = DeliveryEvent(
        "bounced",
        "sendgrid",
        "email",
        "k",
        noon,
        provider_id="p1",
        reason="550 5.1.1 <ada@example.com>: user unknown",
        raw={"email": "ada@example.com"},
    )
    await record(shop.database, shop.plans, [report], noon)
    await shop.happens("order.placed", order_id="secret-order-2", total=3, at=noon + timedelta(hours=1))
    assert await erase(shop.database, shop.plans, "ada", source="api", now=noon + timedelta(hours=2))
    await shop.route(noon + timedelta(hours=2))
    await shop.look(noon + timedelta(hours=2))
    return shop


async def test_no_table_says_who_it_was(erased):
    tables = await erased.rows(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    names = {row["relname"] for row in tables} - {"worlds", "scenario_versions"}
    for name in sorted(names):
        rows = str(await erased.rows(f"select * from {name}"))
        for secret in ("ada@example.com", "+33639980294", "secret-order", "gold"):
            assert secret not in rows, (name, secret)


async def test_nothing_is_asked_of_people_any_more(erased, noon):
    """Nor counted as late for ever; that something was done stays."""
    assert [row["state"] for row in await erased.rows("select state from tasks")] == ["done"]


async def test_runs_end_as_erased_and_the_address_stays_blocked(erased, noon):
    ended = await erased.rows("select distinct end_reason from runs where status = 'ended'")
    assert {row["end_reason"] for row in ended} == {"erased"}
    assert await erased.rows("select id from runs where status = 'active'") == []
    later = noon + timedelta(days=1)
    await erased.person("back", email="ada@example.com", now=later)
    await erased.happens("order.placed", "back", order_id="o", total=1, at=later)
    assert await erased.messages("back") == []


async def test_erasing_again_or_nobody_does_nothing(erased, noon):
    assert not await erase(erased.database, erased.plans, "ada", source="api", now=noon)
    assert not await erase(erased.database, erased.plans, "nobody", source="api", now=noon)
    result = await erased.send("order.placed", order_id="o", total=1, at=noon + timedelta(hours=3))
    assert [error.code for error in result.errors] == ["unknown_contact"]


async def test_what_a_provider_says_after_an_erasure_is_not_kept(erased, noon):
    """The mail had left before; its reports come hours later, and quote the address."""
    late = DeliveryEvent(
        "blocked",
        "sendgrid",
        "email",
        "late",
        noon + timedelta(hours=3),
        provider_id="p1",
        address="ada@example.com",
        reason="452 <ada@example.com>: mailbox full",
        raw={"email": "ada@example.com"},
    )
    await record(erased.database, erased.plans, [late], noon + timedelta(hours=3))
    tables = ("delivery_reports", "messages", "events")
    kept = [str(await erased.rows(f"select * from {table}")) for table in tables]
    assert "late" in kept[0], "it counts once all the same"
    assert not [text for text in kept if "ada@example.com" in text]


async def test_clicks_of_somebody_erased_are_not_kept(shop, noon):
    """The agreement to be tracked went with the person."""
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    await grant(shop.database, shop.plans, "ada", "tracking", "clicks", source="centre", now=noon)
    await shop.happens("order.placed")
    await shop.sent(provider_id="p1")
    await erase(shop.database, shop.plans, "ada", source="api", now=noon)
    click = DeliveryEvent("clicked", "relance", "email", "k", noon, provider_id="p1", link="shop")
    await record(shop.database, shop.plans, [click], noon)
    assert await shop.rows("select 1 from events where name = 'message.clicked'") == []
    assert await shop.rows("select 1 from delivery_reports") == []
