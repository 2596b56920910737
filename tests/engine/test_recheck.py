"""The gate again, in the transaction that hands a message over."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from dsl.plan import Exit, Goal, Handler, MessageStep
from dsl.policy import Hours, Limit
from dsl.values import Duration
from engine.gate import Verdict, recheck
from engine.state import Consent, Suppression
from tests.engine.person import Person
from tests.engine.test_pressure import message
from tests.engine.world_builders import START, candidate, email, event, facts, pattern, plan, utc, when, world

DAY = timedelta(days=1)


def attempt(a_plan, *, now=START, events=(), entered=START, change=None, **known) -> Verdict:
    """A run that reserved its message at once, and what the gate says at the attempt."""
    person = Person(facts(known.pop("world_", None)), entered)
    person.enter(a_plan, seq=10)
    fact = person.facts.messages[0]
    later = replace(person.facts, **known)
    if change:
        later, fact = change(later, fact)
    return recheck(a_plan, person.runs[1], fact, later, tuple(events), now)


def test_what_still_holds_is_sent():
    assert attempt(plan(email("hello"))).send


@pytest.mark.parametrize(
    ("hours", "expires", "until"),
    [
        (Hours(time(7), time(22)), 4 * 86_400, utc("2027-02-15 21:00")),
        (Hours(time(7), time.max), 4 * 86_400, utc("2027-02-15 23:00")),
        (Hours(time(7), time(22)), 3600, START + timedelta(hours=1, microseconds=1)),
    ],
)
def test_a_yes_holds_until_hours_close_or_the_day_ends_or_it_is_too_old(hours, expires, until):
    """A worker that waited for longer than that asks again."""
    known = world(hours={"email": hours})
    assert attempt(plan(email("hello", expires=Duration(seconds=expires))), world_=known).until == until


@pytest.mark.parametrize(("hours", "sends"), [(-1, True), (1, False)])
def test_a_goal_that_the_router_has_not_seen_yet_forbids(hours, sends):
    bought = event("order.placed", START + timedelta(hours=hours), 20)
    found = attempt(
        plan(email("hello"), goal=Goal(pattern("order.placed"))), events=[bought], now=START + DAY / 2
    )
    assert found.send == sends
    assert found.because == (None if sends else "goal")


def test_an_exit_and_a_condition_forbid():
    cart = event("cart.updated", START + timedelta(hours=1), 20, cart_id="c1")
    exits = (
        Exit("cart.updated", pattern("cart.updated")),
        Exit("condition", condition=when("contact.tier == gold")),
    )
    assert attempt(plan(email("hello"), exits=exits), events=[cart], now=START + DAY / 2).because == "exit"
    assert attempt(plan(email("hello"), exits=exits), attributes={"tier": "gold"}).because == "exit"
    assert attempt(plan(email("hello"), exits=exits)).send


def test_a_handler_of_an_unseen_event_is_no_reason_to_hold_back():
    a_plan = plan(email("hello"), handlers=(Handler(pattern("cart.updated"), ()),))
    assert attempt(a_plan, events=[event("cart.updated", START, 20)]).send


def test_consent_suppression_and_erasure_are_asked_again():
    withdrawn = {("newsletter", "email"): Consent("withdrawn", "consent", START)}
    assert attempt(plan(email("hello")), consents=withdrawn).because == "consent"
    block = Suppression("email", "complaint", START)
    assert attempt(plan(email("hello")), suppressions=(block,)).because == "suppressed"
    assert attempt(plan(email("hello")), erased=True).because == "suppressed"


def test_too_old_is_not_sent():
    a_plan = plan(email("hello", expires=Duration(seconds=3600)))
    assert attempt(a_plan, now=START + timedelta(hours=1)).send
    assert attempt(a_plan, now=START + timedelta(hours=1, seconds=1)).because == "expired"


def test_a_queue_that_was_slow_does_not_send_after_hours():
    evening = world(hours={"email": Hours(time(7), time(22))})
    found = attempt(plan(email("hello")), world_=evening, now=utc("2027-02-15 21:00"))
    assert (found.send, found.because) == (False, "hours")
    assert found.next_possible == utc("2027-02-16 06:00")


def test_on_its_own_day_a_message_keeps_its_place():
    full = world(limits=(Limit(1, 1),))
    assert attempt(plan(email("hello")), world_=full, now=utc("2027-02-15 22:59")).send


def test_on_another_day_the_limits_are_asked_again():
    full = world(limits=(Limit(1, 1),))

    def another(known, fact):
        return replace(known, messages=(fact, message(9, "2027-02-16 20:00", state="reserved"))), fact

    midnight = utc("2027-02-15 23:00")
    assert attempt(plan(email("hello")), world_=full, now=midnight).send
    assert attempt(plan(email("hello")), world_=full, now=midnight, change=another).because == "cap"


def test_in_rolling_days_a_message_is_held_to_what_has_left():
    rolling = world(limits=(Limit(1, 1),), day="rolling")
    seconds = START + timedelta(seconds=5)

    def others(state):
        return lambda known, fact: (
            replace(known, messages=(fact, message(9, START + DAY, state=state))),
            fact,
        )

    assert attempt(plan(email("hello")), world_=rolling, now=seconds, change=others("reserved")).send

    def sent_just_before(known, fact):
        return replace(known, messages=(fact, message(9, START - DAY + timedelta(seconds=30)))), fact

    assert (
        attempt(plan(email("hello")), world_=rolling, now=seconds, change=sent_just_before).because == "cap"
    )


def test_an_exempt_message_is_not_asked_for_limits():
    full = world(limits=(Limit(1, 1),))

    def another(known, fact):
        return replace(known, messages=(fact, message(9, "2027-02-16 20:00"))), fact

    receipt = plan(email("receipt", topic="service", message_class="transactional"))
    assert attempt(receipt, world_=full, now=utc("2027-02-16 01:00"), change=another).send


def test_a_run_that_has_gone_on_sends_nothing():
    person = Person(facts(), START)
    a_plan = plan(MessageStep("both", (candidate("say", "sms"), candidate("say", "email")), None))
    person.enter(a_plan)
    (fact,) = person.facts.messages
    gone = replace(person.runs[1], position="elsewhere")
    assert recheck(a_plan, gone, fact, person.facts, (), START).because == "ended"
    over = replace(person.runs[1], status="ended", position=None)
    assert recheck(a_plan, over, fact, person.facts, (), START).because == "ended"
    unknown_step = plan(email("other"))
    moved = replace(person.runs[1], position="both")
    assert recheck(unknown_step, moved, fact, person.facts, (), START).because == "ended"
