"""Providers' reports, objections and STOP: each acts whole, once, in the transaction that records it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.events import DeliveryEvent
from engine.advance import advance
from engine.deliveries import record
from engine.subscriptions import UnknownContact, UnknownTopic, grant, start_sms, stop_sms, withdraw
from tests.engine.scenarios import scenario

HELLO = scenario(
    "hello",
    """
    - email: m1
      id: hello
    - wait: 30 days
    - email: m2
    """,
)

TEXT = scenario(
    "text",
    """
    - sms: m1
      id: question
    - wait_for:
        reply: question
      id: answer
      up_to: 3 days
      then:
        - sms: m2
      timeout: []
    """,
)


@pytest.fixture
def report(noon):
    """A delivery report of the mail that left at noon."""
    return DeliveryEvent(
        kind="delivered",
        provider="sendgrid",
        channel="email",
        key="e1",
        at=noon + timedelta(minutes=1),
        provider_id="p1",
        address="Ada@Example.com",
    )


async def _hello(shop, *, leave: bool = True) -> None:
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    await shop.happens("contact.subscribed")
    if leave:
        await shop.sent(provider_id="p1")
        await shop.look()


async def test_a_report_moves_the_message_on_and_tells_once(shop, report, noon):
    await _hello(shop)
    counts = await asyncio.gather(
        *(record(shop.database, shop.plans, [report, report], noon) for _ in range(3))
    )
    assert sum(counts) == 1
    assert await shop.messages() == [("m1", "email", "delivered")]
    events = await shop.rows("select name, properties from events where name like 'message.%%'")
    assert [event["name"] for event in events] == ["message.delivered"]
    said = events[0]["properties"]
    assert (said["scenario"], said["step"], said["topic"], said["channel"]) == (
        "hello",
        "hello",
        "newsletter",
        "email",
    )
    assert said["run_id"] == (await shop.run("hello"))["id"]


async def test_a_message_never_goes_back(shop, report, noon):
    await _hello(shop)
    late = [report, replace(report, kind="deferred", key="e2"), replace(report, kind="accepted", key="e3")]
    await record(shop.database, shop.plans, late, noon)
    await record(shop.database, shop.plans, [replace(report, kind="dropped", key="e4")], noon)
    assert await shop.messages() == [("m1", "email", "delivered")]


async def test_an_unknown_outcome_is_settled_by_a_report_and_the_run_goes_on(shop, report, noon):
    await _hello(shop, leave=False)
    rows = await shop.rows(
        "update messages set state = 'attempted', attempted_at = %s returning uid::text as uid", noon
    )
    await shop.look()
    assert (await shop.run("hello"))["position"] == "hello"
    told = replace(report, provider_id="new", message_id=rows[0]["uid"])
    await record(shop.database, shop.plans, [told], noon)
    await shop.look(noon + timedelta(minutes=2))
    assert (await shop.run("hello"))["position"] == "2"
    names = await shop.rows("select name from events where name like 'message.%%' order by seq")
    assert [row["name"] for row in names] == ["message.sent", "message.delivered"]
    assert (await shop.rows("select provider_id from messages"))[0]["provider_id"] == "new"


async def test_a_hard_bounce_blocks_the_address_for_everybody_who_has_it(shop, report, noon):
    await _hello(shop)
    await shop.person("twin", email="ADA@example.com")
    await shop.send("contact.subscribed", "twin")
    await shop.route()
    await shop.look()
    assert await shop.messages("twin") == [("m1", "email", "reserved")]
    bounce = replace(report, kind="bounced", suppress="hard_bounce", reason="550 no such user")
    later = noon + timedelta(minutes=5)
    await record(shop.database, shop.plans, [bounce], later)
    assert await shop.messages("ada") == [("m1", "email", "refused")]
    assert await shop.messages("twin") == [("m1", "email", "released")]
    await shop.look(later)
    assert (await shop.run("hello", "twin"))["end_reason"] == "lost_consent"
    block = (await shop.rows("select * from suppressions"))[0]
    assert block["classes"] == ["marketing", "service", "transactional"]
    assert "example" not in str(block), "only a keyed hash of the address is kept"


async def test_an_unknown_handset_is_believed_on_the_second_day(shop, report, noon):
    """Once it may be switched off: twice a day says no more, and a delivery between says that it lives."""
    await _hello(shop)
    unknown = replace(
        report,
        kind="failed",
        provider="twilio",
        channel="sms",
        provider_id=None,
        at=None,
        on_days=2,
        address="+33639980294",
        suppress="invalid",
        reason="30005: unknown",
        raw={"To": "+33639980294"},
    )
    arrived = replace(unknown, kind="delivered", suppress=None, on_days=1, reason=None)

    async def blocked(told, key, days):
        await record(shop.database, shop.plans, [replace(told, key=key)], noon + timedelta(days=days))
        return [row["reason"] for row in await shop.rows("select reason from suppressions")]

    assert await blocked(unknown, "a", 0) == []
    assert await blocked(unknown, "b", 0.1) == []
    assert await blocked(arrived, "c", 0.5) == []
    assert await blocked(unknown, "d", 1) == []
    assert await blocked(unknown, "e", 2) == ["invalid"]


async def test_a_block_outlives_a_new_contact_with_the_address(shop, report, noon):
    await _hello(shop)
    await record(shop.database, shop.plans, [replace(report, kind="complained", suppress="complaint")], noon)
    await shop.person("new", email="ada@EXAMPLE.com")
    await shop.happens("contact.subscribed", "new")
    assert await shop.messages("new") == []


async def test_keys_may_be_rotated_without_forgetting_blocks(shop, report, noon):
    await _hello(shop)
    await record(shop.database, shop.plans, [replace(report, kind="bounced", suppress="hard_bounce")], noon)
    plans = type(shop.plans)(
        shop.database, ("a new key that signs from now on", "a secret key of the tests, long enough")
    )
    rotated = replace(shop, plans=plans)
    await rotated.person("new", email="ada@example.com")
    await rotated.happens("contact.subscribed", "new")
    assert await rotated.messages("new") == []


async def test_clicks_of_people_who_may_not_be_tracked_are_not_kept(shop, report, noon):
    await _hello(shop)
    click = replace(report, kind="clicked", link="shop")
    await record(shop.database, shop.plans, [click], noon)
    assert await shop.rows("select * from events where name = 'message.clicked'") == []
    assert await shop.rows("select * from delivery_reports where kind = 'clicked'") == []
    await grant(shop.database, shop.plans, "ada", "tracking", "clicks", source="centre", now=noon)
    await record(
        shop.database, shop.plans, [replace(click, key="e2"), replace(click, key="e3", machine=True)], noon
    )
    found = await shop.rows("select properties from events where name = 'message.clicked'")
    assert [event["properties"]["link"] for event in found] == ["shop"]


async def test_an_unsubscription_releases_what_is_reserved_and_the_run_ends(shop, noon):
    await _hello(shop, leave=False)
    later = noon + timedelta(minutes=1)
    lines = await withdraw(shop.database, shop.plans, "ada", "newsletter", "email", source="link", now=later)
    assert lines == 1
    assert await shop.messages() == [("m1", "email", "released")]
    run = await shop.run("hello")
    assert (await advance(shop.database, shop.plans, run["group_id"], later)).deliveries == ()
    assert (await shop.run("hello"))["end_reason"] == "lost_consent"
    again = await withdraw(shop.database, shop.plans, "ada", "newsletter", "email", source="link", now=later)
    assert again == 0
    ledger = await shop.rows(
        "select state from consents where topic = 'newsletter' and channel = 'email' order by id"
    )
    assert [line["state"] for line in ledger] == ["granted", "withdrawn"]
    events = await shop.rows("select name from events where name = 'consent.withdrawn'")
    assert len(events) == 1


async def test_an_unsubscription_and_advances_at_once_never_leave_a_message(shop, noon):
    await shop.publish(hello=HELLO)
    people = [f"c{n}" for n in range(8)]
    for name in people:
        await shop.person(name)
        await shop.send("contact.subscribed", name)
    await shop.route()
    groups = [row["id"] for row in await shop.rows("select id from groups")]
    await asyncio.gather(
        *(advance(shop.database, shop.plans, group, noon) for group in groups),
        *(
            withdraw(shop.database, shop.plans, name, None, None, source="centre", now=noon)
            for name in people
        ),
    )
    reserved = await shop.rows("select * from messages where state = 'reserved'")
    assert reserved == []


async def test_an_objection_of_nobody_or_to_nothing_says_so(shop, noon):
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    with pytest.raises(UnknownContact):
        await withdraw(shop.database, shop.plans, "nobody", None, None, source="link", now=noon)
    with pytest.raises(UnknownTopic, match="newsletter"):
        await withdraw(shop.database, shop.plans, "ada", "newsletters", None, source="link", now=noon)


async def test_stop_ends_sms_for_the_number_and_start_brings_it_back(shop, noon):
    await shop.publish(text=TEXT)
    await shop.person("ada", phone="+33639980001")
    await shop.happens("contact.subscribed")
    assert await shop.messages() == [("m1", "sms", "reserved")]
    assert (
        await stop_sms(shop.database, shop.plans, "+33 6 39 98 00 01", "36180", source="sms", now=noon) == 1
    )
    assert await shop.messages() == [("m1", "sms", "released")]
    block = (await shop.rows("select reason, sender, classes from suppressions"))[0]
    assert (block["reason"], block["sender"]) == ("stop", "MAISONVERTE")
    assert await start_sms(shop.database, shop.plans, "+33639980001", "36180", now=noon) == 1
    assert await start_sms(shop.database, shop.plans, "+33639980001", "36180", now=noon) == 0


async def test_replies_are_events_and_stop_words_are_not(shop, noon):
    await shop.publish(text=TEXT)
    await shop.person("ada", phone="+33639980001")
    await shop.happens("contact.subscribed")
    await shop.sent()
    await shop.look()
    inbound = DeliveryEvent(
        "replied", "twilio", "sms", "i1", noon, address="+33639980001", text="Oui, demain", to="36180"
    )
    await record(shop.database, shop.plans, [inbound], noon)
    await shop.look()
    replies = await shop.rows("select properties from events where name = 'message.replied'")
    assert replies[0]["properties"]["text"] == "Oui, demain"
    assert (await shop.messages())[1] == ("m2", "sms", "reserved")
    stop = replace(inbound, key="i2", text="arrêt", suppress=None)
    await record(shop.database, shop.plans, [stop, stop], noon)
    assert (await shop.messages())[1] == ("m2", "sms", "released")
    assert len(await shop.rows("select * from events where name = 'message.replied'")) == 1
    await record(shop.database, shop.plans, [replace(inbound, key="i3", text="START")], noon)
    assert (await shop.rows("select lifted_at from suppressions"))[0]["lifted_at"] == noon


async def test_a_report_about_nobody_is_kept_and_does_nothing(shop, report, noon):
    await _hello(shop)
    odd = [
        replace(report, key="x1", provider_id="other", address=None),
        replace(report, key="x2", provider_id=None, message_id="not ours", kind="unknown", address=None),
    ]
    assert await record(shop.database, shop.plans, odd, noon) == 2
    assert await shop.messages() == [("m1", "email", "sent")]


async def test_an_unsubscription_that_names_no_message_is_from_everything_until_consent_is_given_anew(
    shop, report, noon
):
    await _hello(shop, leave=False)
    later = noon + timedelta(minutes=5)
    gone = replace(report, kind="unsubscribed", provider_id=None)
    await record(shop.database, shop.plans, [gone], later)
    assert await shop.messages() == [("m1", "email", "released")]
    ledger = await shop.rows("select topic from consents where channel = 'email' and state = 'withdrawn'")
    assert {row["topic"] for row in ledger} >= {"newsletter", "*"}
    await grant(shop.database, shop.plans, "ada", "newsletter", "email", source="form", now=later)
    nobody = replace(gone, key="e9", address="stranger@example.com")
    await record(shop.database, shop.plans, [nobody], later)
    assert (await shop.rows("select reason from suppressions")) == [{"reason": "unsubscribe"}]
