"""`wait` and `wait_for`: nominal instants, data that moves, events in time and too late."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from dsl import types
from dsl.plan import (
    AfterDuration,
    Assignment,
    ChooseStep,
    ExitStep,
    Handler,
    UntilInstant,
    WaitBranch,
    WaitForStep,
    WaitStep,
)
from dsl.values import Duration
from tests.engine.person import Person
from tests.engine.world_builders import START, email, event, facts, pattern, plan, utc, when

DAY = timedelta(days=1)
DONE = ExitStep("done", "done")
IN_A_WEEK = AfterDuration(Duration(days=7))


def somebody(**known) -> Person:
    return Person(facts(**known), START)


def wait_for(*branches, up_to=IN_A_WEEK, **more) -> WaitForStep:
    return WaitForStep("wait", "late", tuple(branches), up_to=up_to, **more)


ORDER = WaitBranch(pattern("order.placed"), "bought")
ENDS = (ExitStep("bought", "bought"), ExitStep("late", "too late"))


def test_a_wait_ends_at_its_instant_and_what_follows_begins_then():
    """A worker that is an hour late does not move the waits that follow."""
    person = somebody()
    one, two = AfterDuration(Duration(days=1)), AfterDuration(Duration(seconds=7200))
    person.enter(plan(WaitStep("one", one, "two"), WaitStep("two", two, "done"), DONE))
    person.late = timedelta(hours=1)
    person.until(START + 2 * DAY)
    assert person.runs[1].ended_at == START + DAY + timedelta(hours=2)
    assert [line.text for line in person.said("waiting")] == [
        "waiting until Tue 16 Feb 2027 at 10:00",
        "waiting until Tue 16 Feb 2027 at 12:00",
    ]


def test_a_message_is_never_planned_before_now():
    person = somebody()
    person.enter(plan(WaitStep("one", AfterDuration(Duration(days=1)), "hello"), email("hello")))
    person.late = timedelta(hours=1)
    person.until(START + 2 * DAY)
    assert person.facts.messages[0].at >= START + DAY + timedelta(hours=1)


@pytest.mark.parametrize(("if_past", "expected"), [("now", "told"), ("skip", "skipped"), ("exit", "if_past")])
@pytest.mark.parametrize("renewal", [date(2027, 2, 1), None])
def test_an_instant_of_data_that_is_past(if_past, expected, renewal):
    moment = UntilInstant(when("contact.renewal_date - 7 days"), time(10))
    steps = (
        WaitStep("wait", moment, "skipped", "told", if_past),
        ExitStep("told", "told"),
        ExitStep("skipped", "skipped"),
    )
    person = somebody(attributes={"renewal_date": renewal})
    person.enter(plan(*steps))
    assert person.ended() == expected


def test_a_wait_moves_with_the_data_that_it_names():
    moment = UntilInstant(when("contact.renewal_date"), time(10))
    person = somebody(attributes={"renewal_date": date(2027, 3, 1)})
    person.enter(plan(WaitStep("wait", moment, "done"), DONE))
    assert person.runs[1].due_at == utc("2027-03-01 09:00")
    person.facts = facts(attributes={"renewal_date": date(2027, 3, 5)})
    person.tell("contact.changed", attribute="renewal_date")
    assert person.runs[1].due_at == utc("2027-03-05 09:00")
    assert person.said("waiting")[-1].text == "now waiting until Fri 5 Mar 2027 at 10:00"


def test_data_that_moves_an_instant_into_the_past_skips_what_was_for_before():
    moment = UntilInstant(when("run.starts_at - 1 days", starts_at=types.INSTANT))
    moved = Handler(
        pattern("appointment.moved", "id == run.key"),
        (Assignment(("run", "starts_at"), when("starts_at", looks_at="appointment.moved")),),
    )
    reminder = WaitStep("wait", moment, "after", "remind", "skip")
    steps = (reminder, ExitStep("remind", "reminded"), ExitStep("after", "skipped"))
    a_plan = plan(*steps, handlers=(moved,))
    for starts_at, expected in (("2027-02-20 09:00", None), ("2027-02-15 20:00", "skipped")):
        person = somebody()
        person.enter(a_plan, variables={"starts_at": utc("2027-02-25 09:00")}, key="a1")
        person.tell("appointment.moved", id="other", starts_at=utc("2027-02-15 10:00"))
        assert person.runs[1].due_at == utc("2027-02-24 09:00"), "another's appointment"
        person.tell("appointment.moved", id="a1", starts_at=utc(starts_at))
        assert person.ended() == expected
        if expected is None:
            assert person.runs[1].due_at == utc("2027-02-19 09:00")
            person.until(utc("2027-02-20 09:00"))
            assert person.ended() == "reminded"


def test_the_first_event_since_the_start_ends_it_and_is_at_hand():
    answered = WaitBranch(pattern("quiz.answered"), "judge", "answer")
    judge = ChooseStep("judge", ((when("answer.score > 5"), "bought"),), "late")
    person = somebody()
    person.enter(plan(wait_for(answered, ORDER), judge, *ENDS))
    person.tell("quiz.answered", score=Decimal(7))
    assert person.ended() == "bought"
    assert person.runs[1].bound["answer"]["score"] == Decimal(7)


def test_an_event_of_before_the_wait_does_not_count():
    person = somebody(events=(event("order.placed", START - DAY, 5),))
    person.enter(plan(wait_for(ORDER), *ENDS), seq=10)
    person.tell("order.placed", at=START - timedelta(hours=1))
    assert person.ended() is None, "it came late, and was before"
    person.until(START + 8 * DAY)
    assert person.ended() == "too late"
    assert person.runs[1].ended_at == START + 7 * DAY


def test_an_event_that_came_while_nobody_looked_counts_from_the_start_of_the_wait():
    """The wait before it ended at 10:00, the order came at 11:00, the worker looked at noon."""
    person = somebody()
    first = WaitStep("first", AfterDuration(Duration(days=1)), "wait")
    person.enter(plan(first, wait_for(ORDER), *ENDS))
    person.late = timedelta(hours=2)
    person.now = START + DAY + timedelta(hours=1)
    person.tell("order.placed")
    person.until(START + 2 * DAY)
    assert person.ended() == "bought"
    assert person.runs[1].ended_at == START + DAY + timedelta(hours=1)


def test_an_event_in_time_wins_over_a_timeout_that_nobody_saw_yet():
    for hours, expected in ((-1, "bought"), (0, "too late"), (1, "too late")):
        person = somebody()
        number = person.enter(plan(wait_for(ORDER), *ENDS))
        person.now = START + 7 * DAY + timedelta(hours=2)
        placed = event("order.placed", START + 7 * DAY + timedelta(hours=hours))
        person.facts = facts(events=(placed,))
        person.look(number, placed)
        assert person.ended() == expected


def test_two_events_in_one_wake_end_two_waits():
    again = WaitForStep("again", "late", (ORDER,), up_to=IN_A_WEEK)
    person = somebody()
    quiz = WaitBranch(pattern("quiz.answered"), "again")
    number = person.enter(plan(wait_for(quiz), again, *ENDS))
    person.now = START + timedelta(hours=3)
    events = (
        event("order.placed", START + timedelta(hours=1), 101),
        event("quiz.answered", START + timedelta(hours=2), 102),
        event("order.placed", START + timedelta(hours=3), 103),
    )
    person.facts = facts(events=events)
    person.look(number, *events[:2])
    assert person.ended() == "bought"
    assert person.runs[1].ended_at == START + timedelta(hours=3), "the order after the answer"


def test_where_looks_at_the_event_and_the_run():
    mine = WaitBranch(pattern("cart.updated", "cart_id == event.cart_id"), "bought")
    person = somebody()
    person.enter(plan(wait_for(mine), *ENDS), trigger_event={"cart_id": "c1"})
    person.tell("cart.updated", cart_id="c2")
    assert person.ended() is None
    person.tell("cart.updated", cart_id="c1")
    assert person.ended() == "bought"


def test_a_reply_to_the_message_of_a_step():
    waits = WaitForStep("wait", "late", reply_to="hello", then="bought", up_to=IN_A_WEEK)
    person = somebody()
    person.enter(plan(email("hello", "wait"), waits, *ENDS))
    person.until(START)
    assert "message.replied" in person.runs[1].listens_to
    person.tell("message.replied", scenario="welcome", step="hello", run_id=2, text="oui")
    assert person.ended() is None, "a reply to another run's message"
    person.now += timedelta(minutes=5)
    person.tell("message.replied", scenario="welcome", step="hello", run_id=1, text="oui")
    assert person.ended() == "bought"


def test_a_condition_is_looked_at_when_what_it_names_changes():
    waits = wait_for(condition=when("contact.points >= 100"), then="bought")
    person = somebody(attributes={"points": Decimal(5)})
    person.enter(plan(waits, *ENDS))
    assert "contact.changed" in person.runs[1].listens_to
    person.now += DAY
    person.facts = facts(attributes={"points": Decimal(120)})
    person.tell("contact.changed", attribute="points")
    assert person.ended() == "bought"


def test_a_condition_that_holds_from_the_start_takes_no_time():
    person = somebody(attributes={"points": Decimal(120)})
    person.enter(plan(wait_for(condition=when("contact.points >= 100"), then="bought"), *ENDS))
    assert person.ended() == "bought"
    assert person.runs[1].ended_at == START


def test_a_wait_without_an_end_waits_for_its_event_alone():
    person = somebody()
    person.enter(plan(wait_for(ORDER, up_to=None), *ENDS))
    assert person.runs[1].due_at is None
    person.until(START + 300 * DAY)
    assert person.ended() is None


def test_up_to_an_instant_of_data_and_one_that_is_unknown():
    until = UntilInstant(when("contact.renewal_date"))
    known, unknown = somebody(attributes={"renewal_date": date(2027, 3, 1)}), somebody()
    for person in (known, unknown):
        person.enter(plan(wait_for(ORDER, up_to=until), *ENDS))
    assert known.runs[1].due_at == utc("2027-02-28 23:00")
    assert unknown.ended() == "too late", "an unknown instant counts as past"


def test_a_wait_that_only_if_refuses_is_passed_over():
    person = somebody()
    step = wait_for(ORDER, only_if=when("contact.points > 3"), next="done")
    person.enter(plan(step, DONE, *ENDS))
    assert person.ended() == "done"
