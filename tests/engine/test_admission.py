"""Who enters a scenario, how often, with which key."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dsl.plan import ApiTrigger, Entry, EventTrigger, ReachTrigger, ScanTrigger
from dsl.scope import Mark
from dsl.values import Duration, Money
from engine.admission import Previous, admit, key_text
from engine.shares import arm_of, held_out
from tests.engine.world_builders import START, email, event, facts, pattern, plan, utc, when, world

DAY = timedelta(days=1)
SUBSCRIBED = EventTrigger(pattern("contact.subscribed"))


def admitted(
    a_plan, *, trigger=SUBSCRIBED, at=START, now=None, previous=(), item=None, person=None, **properties
):
    triggering = event("contact.subscribed", at, 77, list="newsletter", **properties)
    known = person or facts(events=(triggering,))
    return admit(a_plan, trigger, known, triggering, item, None, tuple(previous), now or at)


def reason(*arguments, **more) -> str:
    return admitted(*arguments, **more).reason


def test_an_entry_begins_at_the_event_that_triggered_it():
    found = admitted(plan(email("hello")), now=START + timedelta(minutes=3)).run
    assert (found.entered, found.began) == (Mark(START, 77), Mark(START, 77))
    assert (found.position, found.status, found.due_at) == ("hello", "active", START + timedelta(minutes=3))
    assert found.trigger_event["list"] == "newsletter"


def test_a_trigger_by_time_enters_now():
    found = admit(
        plan(email("hello")), ScanTrigger("day", START.time()), facts(), None, None, "2027-02-15", (), START
    )
    assert found.run.entered == Mark(START)


def test_the_audience_sees_the_triggering_event():
    first = plan(email("hello"), audience=when("count(contact.subscribed, ever) == 1"))
    assert admitted(first).run
    assert reason(plan(email("hello"), audience=when("contact.country in [BE, CH]"))) == "audience"
    assert reason(plan(email("hello"), audience=when("contact.points > 3"))) == "audience", "unknown is no"


def test_the_audience_sees_the_triggering_event_though_the_clock_that_took_it_is_ahead_of_ours():
    first = plan(email("hello"), audience=when("count(contact.subscribed, ever) == 1"))
    assert admitted(first, now=START - timedelta(seconds=2)).run


def test_an_event_older_than_a_day_starts_nothing():
    assert admitted(plan(email("hello")), now=START + DAY).run
    assert reason(plan(email("hello")), now=START + DAY + timedelta(seconds=1)) == "late"
    patient = facts(world(late_events=Duration(days=3)))
    assert admitted(plan(email("hello")), now=START + 2 * DAY, person=patient).run
    assert admitted(plan(email("hello")), now=START + 9 * DAY, trigger=ApiTrigger()).run, (
        "a call is never late"
    )


@pytest.mark.parametrize(
    ("rule", "days_ago", "expected"),
    [
        (Entry("once"), 900, "entry rule"),
        (Entry("always"), 1, ""),
        (Entry("once_per", Duration(days=90)), 89, "entry rule"),
        (Entry("once_per", Duration(days=90)), 90, ""),
        (Entry("once_per", Duration(months=12)), 364, "entry rule"),
        (Entry("once_per", Duration(months=12)), 365, ""),
    ],
)
def test_the_entry_rule_counts_from_entry_to_entry(rule, days_ago, expected):
    before = Previous(1, START - days_ago * DAY, active=False)
    assert reason(plan(email("hello"), entry=rule), previous=[before]) == expected


def test_another_key_is_another_entry():
    by_cart = plan(email("hello"), key=when("event.cart_id"))
    before = [Previous(1, START - DAY, active=True, key="c1")]
    assert reason(by_cart, previous=before, cart_id="c1") == "active"
    assert admitted(by_cart, previous=before, cart_id="c2").run.key == "c2"
    assert reason(by_cart, previous=before, cart_id=None) == "unknown key"


def test_an_item_of_the_event_is_at_hand():
    found = admitted(plan(email("hello")), item={"sku": "FICUS"})
    assert found.run.item == {"sku": "FICUS"}


@pytest.mark.parametrize(
    ("while_active", "rule", "reason_", "replaces"),
    [
        ("ignore", Entry("always"), "active", ()),
        ("restart", Entry("once"), "", (4,)),
        ("parallel", Entry("always"), "", ()),
        ("parallel", Entry("once"), "entry rule", ()),
    ],
)
def test_a_run_under_way(while_active, rule, reason_, replaces):
    a_plan = plan(email("hello"), while_active=while_active, entry=rule)
    before = [Previous(3, START - 9 * DAY, active=False), Previous(4, START - DAY, active=True)]
    found = admitted(a_plan, previous=before)
    assert (found.reason, found.replaces) == (reason_, replaces)


def test_nobody_erased_enters():
    assert reason(plan(email("hello")), person=facts(erased=True)) == "erased"


def test_an_event_about_an_object_reaches_those_who_looked_at_it():
    trigger = ReachTrigger(
        pattern("order.placed"), when("did(cart.updated where cart_id == event.cart_id, last 60 days)")
    )
    looked = facts(events=(event("cart.updated", START - 9 * DAY, 3, cart_id="c1"),))
    assert admitted(plan(email("hello")), trigger=trigger, person=looked, cart_id="c1").run
    assert reason(plan(email("hello")), trigger=trigger, person=looked, cart_id="c2") == "not reached"


def test_the_holdout_is_a_stable_share_of_people():
    names = [f"c_{number}" for number in range(4000)]
    out = [name for name in names if held_out(name, "welcome", Decimal("0.05"))]
    assert 150 < len(out) < 250
    assert out == [name for name in names if held_out(name, "welcome", Decimal("0.05"))]
    assert set(out) <= {name for name in names if held_out(name, "welcome", Decimal("0.10"))}, "it only grows"
    assert out != [name for name in names if held_out(name, "birthday", Decimal("0.05"))]
    assert not any(held_out(name, "welcome", Decimal(0)) for name in names)
    assert all(held_out(name, "welcome", Decimal(1)) for name in names)


def test_arms_take_their_shares():
    arms = (("a", Decimal("0.7")), ("b", Decimal("0.2")), ("c", Decimal("0.1")))
    taken = [arm_of(f"c_{number}", "welcome", "test", arms) for number in range(4000)]
    assert abs(taken.count("a") - 2800) < 150
    assert abs(taken.count("b") - 800) < 120
    assert taken != [arm_of(f"c_{number}", "welcome", "other", arms) for number in range(4000)]


def test_a_key_is_one_text_for_one_value():
    assert key_text(Decimal("12.0")) == key_text(Decimal(12)) == "12"
    assert key_text(Money(Decimal("9.50"), "EUR")) == "9.5 EUR"
    assert key_text(utc("2027-02-15 09:00").date()) == "2027-02-15"
    assert key_text(None) is None
