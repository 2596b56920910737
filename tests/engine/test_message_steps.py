"""Message steps: consent, hours, limits, expiry, codes, holdout, and what comes of a place."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

import pytest

from dsl.plan import AfterDuration, ChooseStep, ExitStep, MessageStep, WaitStep
from dsl.policy import Hours, Limit, OnCap
from dsl.values import Duration
from engine.decision import Reserve
from engine.state import Consent, Suppression
from tests.engine.person import Person
from tests.engine.world_builders import START, candidate, email, facts, plan, utc, when, world

DAY = timedelta(days=1)
ONE_A_DAY = Limit(1, 1)
MORNINGS = {"email": Hours(time(7), time(22)), "sms": Hours(time(10), time(20), (0, 1, 2, 3, 4, 5))}


def somebody(*, now=START, world_=None, **known) -> Person:
    return Person(facts(world_ or world(), **known), now)


def only_email() -> dict:
    return {("newsletter", "email"): Consent("granted", "consent", START)}


def because(person: Person) -> list[str]:
    return [line.data["because"] for line in person.said("not_sent")]


def reserved(person: Person) -> list[Reserve]:
    return [effect for effect in person.effects if isinstance(effect, Reserve)]


def test_a_message_carries_all_that_it_is_rendered_and_judged_by():
    person = somebody()
    step = email("hello", tags=("nps",), with_=(("tier", when('coalesce(contact.stage, "new")')),))
    person.enter(plan(step, priority=60))
    (place,) = reserved(person)
    assert place == Reserve(
        "hello", 1, "email", "hello", "newsletter", "marketing", ("nps",), 60, START, START.date(),
        {"tier": "new"}, START + 4 * DAY, exempt=False, place_until=START + 3 * DAY,
    )  # fmt: skip


def test_the_next_step_begins_when_the_message_has_left():
    person = somebody(now=utc("2027-02-15 23:00"), world_=world(hours=MORNINGS))
    person.enter(
        plan(
            email("hello", "pause"),
            WaitStep("pause", AfterDuration(Duration(days=1)), "end"),
            ExitStep("end", "done"),
        )
    )
    assert person.runs[1].due_at is None, "only its leaving, or an event, can wake it"
    person.until(utc("2027-02-16 06:00"))
    assert person.left() == [("02-16 06:00", "email", "hello")]
    assert person.runs[1].due_at == utc("2027-02-17 06:00")


def test_without_consent_it_is_given_up_and_the_run_goes_on():
    person = somebody(consents={})
    person.enter(plan(email("hello", "after"), ExitStep("after", "done")))
    assert because(person) == ["consent"]
    assert person.ended() == "done"


def test_a_first_of_takes_the_first_channel_that_reaches_the_person():
    both = MessageStep("both", (candidate("say", "sms"), candidate("say", "email")), None)
    by_sms, by_email, by_none = somebody(), somebody(consents=only_email()), somebody(consents={})
    for person in (by_sms, by_email, by_none):
        person.enter(plan(both))
        person.until(START)
    assert [p.left()[0][1] for p in (by_sms, by_email)] == ["sms", "email"]
    assert because(by_none) == ["consent"], "one line, for the last"
    assert by_none.said("not_sent")[0].data["channel"] == "email"


def test_a_first_of_whose_first_is_full_goes_on_only_with_next():
    for action, expected in (("next", [("02-15 09:00", "email", "say")]), ("drop", [])):
        limits = (Limit(1, 7, channel="sms"),)
        person = somebody(world_=world(limits=limits))
        person.enter(plan(MessageStep("one", (candidate("one", "sms"),), None)))
        first = candidate("say", "sms", on_cap=OnCap(action))
        person.enter(plan(MessageStep("both", (first, candidate("say", "email")), None)))
        person.until(START)
        assert person.left()[1:] == expected
        assert because(person) == ([] if expected else ["cap"])


def test_a_full_day_delays_to_the_first_place_and_says_why():
    person = somebody(world_=world(limits=(ONE_A_DAY,), hours=MORNINGS))
    person.enter(plan(email("one"), scenario="other"))
    person.enter(plan(email("two")))
    line = person.said("reserved")[1]
    assert line.text == (
        "two by email leaves on Tue 16 Feb 2027 at 07:00: the limit of at most 1 message per 1 day is full"
    )
    assert line.data["rule"] == "at most 1 message per 1 day"
    assert line.data["evidence"] == [1]
    assert reserved(person)[1].first_refused_at == START
    person.until(START + 2 * DAY)
    assert person.left()[1] == ("02-16 06:00", "email", "two")


@pytest.mark.parametrize(("action", "reason"), [("drop", "end"), ("exit", "cap"), ("next", "end")])
def test_a_full_day_without_delay(action, reason):
    person = somebody(world_=world(limits=(ONE_A_DAY,)))
    person.enter(plan(email("one")))
    person.enter(plan(email("two", on_cap=OnCap(action))))
    assert because(person) == ["cap"]
    assert person.ended(2) == reason
    said = person.said("not_sent")[0].data
    assert (said["evidence"], said["next_possible"]) == ([1], "2027-02-15T23:00:00+00:00")


def test_no_place_within_up_to_is_known_at_once():
    person = somebody(world_=world(limits=(Limit(1, 7),)))
    person.enter(plan(email("one")))
    person.enter(plan(email("two", on_cap=OnCap("delay", Duration(days=3)))))
    assert because(person) == ["cap"]
    assert person.said("not_sent")[0].data["next_possible"] == "2027-02-21T23:00:00+00:00"


def test_hours_that_open_too_late_are_the_reason():
    person = somebody(now=utc("2027-02-20 20:00"), world_=world(hours=MORNINGS))
    step = MessageStep("s", (candidate("s", "sms", on_cap=OnCap("delay", Duration(days=1))),), None)
    person.enter(plan(step))
    assert because(person) == ["hours"]
    said = person.said("not_sent")[0]
    assert said.text == (
        "s by sms is not sent: sms may only leave 10:00-20:00, Mon-Sat; "
        "the next place is Mon 22 Feb 2027 at 10:00"
    )


def test_what_could_only_leave_too_old_is_expired():
    person = somebody(now=utc("2027-02-20 20:00"), world_=world(hours=MORNINGS))
    person.enter(plan(MessageStep("s", (candidate("s", "sms", expires=Duration(seconds=12 * 3600)),), None)))
    assert because(person) == ["expired"]
    assert person.said("not_sent")[0].data["next_possible"] == "2027-02-22T09:00:00+00:00"


def test_after_a_pause_nothing_stale_leaves():
    """A worker that looks ten days late finds the message too old, and the waits after it past."""
    person = somebody()
    person.enter(
        plan(
            email("hello", "pause"),
            WaitStep("pause", AfterDuration(Duration(days=1)), "late"),
            email("late", "done", expires=Duration(days=2)),
            ExitStep("done", "done"),
        )
    )
    person.until(START)
    person.late = 10 * DAY
    person.until(START + 11 * DAY)
    assert [name for _, _, name in person.left()] == ["hello"]
    assert because(person) == ["expired"]
    assert person.runs[1].ended_at == START + 3 * DAY, "when it was too old, not when somebody looked"


def test_a_limit_is_asked_for_those_that_when_chooses_and_for_the_unknown():
    modest = Limit(1, 7, when=when("priority < 50 and contact.points < 10"))
    for priority, points, expected in ((40, 5, []), (40, None, []), (40, 20, ["two"]), (60, 5, ["two"])):
        known = {"points": None if points is None else Decimal(points)}
        person = somebody(world_=world(limits=(modest,)), attributes=known)
        person.enter(plan(email("one"), scenario="other", priority=90))
        person.enter(plan(email("two", on_cap=OnCap("drop")), priority=priority))
        person.until(START)
        assert [name for _, _, name in person.left()[1:]] == expected, (priority, points)


def test_exempt_messages_are_neither_refused_nor_counted():
    person = somebody(world_=world(limits=(ONE_A_DAY,)))
    person.enter(plan(email("one")))
    person.enter(plan(email("receipt", topic="service", message_class="transactional")))
    person.enter(plan(email("sunset", tags=("sunset",))))
    assert [(e.message, e.planned_at == START, e.exempt) for e in reserved(person)] == [
        ("one", True, False), ("receipt", True, True), ("sunset", True, True),
    ]  # fmt: skip


def test_a_higher_priority_takes_a_place_of_later_and_the_loser_finds_another():
    person = somebody(world_=world(limits=(ONE_A_DAY,), hours=MORNINGS))
    person.enter(plan(email("today")))
    person.enter(plan(email("modest"), priority=40))
    person.enter(plan(email("urgent"), priority=80))
    assert reserved(person)[2].displaces == (2,)
    assert person.said("released")[0].text == "modest lost its place: a higher priority took its place"
    person.until(START + 5 * DAY)
    assert person.left() == [
        ("02-15 09:00", "email", "today"),
        ("02-16 06:00", "email", "urgent"),
        ("02-17 06:00", "email", "modest"),
    ]


def test_a_loser_without_a_place_in_its_own_time_is_dropped():
    person = somebody(world_=world(limits=(ONE_A_DAY,), hours=MORNINGS))
    person.enter(plan(email("today")))
    person.enter(plan(email("modest", on_cap=OnCap("delay", Duration(days=1))), priority=40))
    person.enter(plan(email("urgent"), priority=80))
    assert because(person) == ["cap"]
    assert person.ended(2) == "end"


def test_only_if_skips_without_a_word_about_sending():
    person = somebody()
    person.enter(plan(email("hello", "after", only_if=when("contact.points > 3")), ExitStep("after", "done")))
    assert person.said("not_sent") == []
    assert person.ended() == "done"


def test_a_message_that_the_provider_refused_is_given_up():
    person = somebody()
    person.enter(plan(email("hello", "after"), ExitStep("after", "done")))
    person.change_message(1, state="refused", reason="no such mailbox")
    person.look(1)
    assert because(person) == ["suppressed"]
    assert person.ended() == "done"


@pytest.mark.parametrize("state", ["attempted", "reserved"])
def test_a_message_under_way_is_waited_for(state):
    person = somebody()
    person.enter(plan(email("hello")))
    person.change_message(1, state=state)
    assert person.look(1).effects == ()
    assert person.runs[1].status == "active"


@pytest.mark.parametrize("state", ["sent", "delivered", "unknown"])
def test_a_message_that_left_ends_its_step(state):
    person = somebody()
    person.enter(
        plan(
            email("hello", "fork"),
            ChooseStep("fork", ((when("sent(hello)"), "yes"),), None),
            ExitStep("yes", "sent"),
        )
    )
    person.change_message(1, state=state, at=START)
    person.look(1)
    assert person.ended() == "sent"


def test_a_run_moved_to_another_version_does_not_send_again_what_has_left():
    person = somebody()
    pause = WaitStep("pause", AfterDuration(Duration(days=1)), "done")
    person.enter(plan(email("hello", "pause"), pause, ExitStep("done", "done")))
    person.until(START)
    assert person.runs[1].position == "pause"
    person.plans[1] = plan(replace(pause, next="hello"), email("hello", "done"), ExitStep("done", "moved"))
    person.until(START + DAY)
    assert len(person.sent) == 1
    assert person.ended() == "moved"


def test_a_withdrawal_gives_the_place_to_the_next_channel():
    late = utc("2027-02-15 23:00")
    person = somebody(now=late, world_=world(hours=MORNINGS))
    person.enter(plan(MessageStep("both", (candidate("say", "email"), candidate("say", "sms")), None)))
    person.withdraw("newsletter", "email")
    person.until(utc("2027-02-17 00:00"))
    assert person.left() == [("02-16 09:00", "sms", "say")]


def test_a_suppressed_address_stops_the_message():
    block = Suppression(
        "email", "hard_bounce", START - DAY, reaches=frozenset({"marketing", "transactional"})
    )
    person = somebody(suppressions=(block,))
    person.enter(plan(email("receipt", topic="service", message_class="transactional")))
    assert because(person) == ["suppressed"]
    assert person.said("not_sent")[0].data["reason"] == "hard_bounce"
