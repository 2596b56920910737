"""What events do to a run, in which order, and what makes it end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dsl import types
from dsl.plan import (
    AfterDuration,
    Assignment,
    Exit,
    ExitStep,
    Goal,
    Handler,
    WaitBranch,
    WaitForStep,
    WaitStep,
)
from dsl.values import Duration
from engine.decide import decide
from engine.decision import Decision, Release
from engine.state import Consent, Suppression, Wake
from tests.engine.person import Person
from tests.engine.world_builders import (
    START,
    candidate,
    email,
    event,
    facts,
    pattern,
    plan,
    run,
    utc,
    when,
    world,
)

DAY = timedelta(days=1)
LONG = WaitStep("long", AfterDuration(Duration(days=30)), "hello")
BOUGHT = pattern("order.placed")


def somebody(**known) -> Person:
    return Person(facts(**known), START)


def waiting(**more):
    """A run that waits for a month, and then for its message."""
    return plan(LONG, email("hello"), **more)


def test_a_goal_acts_in_the_middle_of_a_wait():
    person = somebody()
    person.enter(waiting(goal=Goal(BOUGHT)))
    person.now += DAY
    person.tell("order.placed")
    assert (person.ended(), person.runs[1].goal_at) == ("goal", START + DAY)
    assert person.runs[1].listens_to == ()


def test_a_goal_that_does_not_exit_is_counted_once_and_the_run_goes_on():
    person = somebody()
    person.enter(waiting(goal=Goal(BOUGHT, exits=False)))
    for day in (1, 2):
        person.now = START + day * DAY
        person.tell("order.placed")
    assert person.ended() is None
    assert person.runs[1].goal_at == START + DAY
    assert len(person.said("goal")) == 1


@pytest.mark.parametrize(("days", "expected"), [(-1, None), (1, "goal"), (7, "goal"), (8, None)])
def test_a_conversion_lies_within_the_window_after_the_entry(days, expected):
    person = somebody()
    person.enter(waiting(goal=Goal(BOUGHT, Duration(days=7))))
    person.now = START + 9 * DAY
    person.tell("order.placed", at=START + days * DAY)
    assert person.ended() == expected


def test_what_is_reserved_is_given_back_at_the_end():
    person = Person(facts(), utc("2027-02-15 09:00"))
    person.enter(plan(email("hello"), goal=Goal(BOUGHT)))
    person.tell("order.placed")
    assert [e for e in person.effects if isinstance(e, Release)] == [Release(1, "goal")]
    assert person.sent == []


def test_an_exit_ends_with_its_own_name():
    exits = (
        Exit("new_cart", pattern("cart.updated", "cart_id == event.cart_id")),
        Exit("order.placed", BOUGHT),
    )
    person = somebody()
    person.enter(waiting(exits=exits), trigger_event={"cart_id": "c1"})
    person.tell("cart.updated", cart_id="c2")
    assert person.ended() is None
    person.tell("cart.updated", cart_id="c1")
    assert person.ended() == "new_cart"


def test_an_old_event_out_of_an_import_does_not_end_a_run_but_a_late_one_does():
    for ago, expected in ((timedelta(days=400), None), (timedelta(hours=20), "order.placed")):
        person = somebody()
        person.enter(waiting(exits=(Exit("order.placed", BOUGHT),)), seq=10)
        person.tell("order.placed", at=START - ago)
        assert person.ended() == expected


def test_the_event_that_started_a_run_does_not_end_it():
    a_plan = waiting(exits=(Exit("order.placed", BOUGHT),))
    a_run = run(a_plan)
    started = event("order.placed", START, 10)
    assert decide(a_plan, a_run, Wake((started,)), facts(events=(started,)), START).run.status == "active"


def test_handlers_come_before_goals_goals_before_exits_exits_before_waits():
    moved = pattern("appointment.moved")
    keep = Handler(moved, (Assignment(("run", "seen"), when("id", looks_at="appointment.moved")),))
    goal = Goal(pattern("appointment.moved", "run.seen == id", seen=types.TEXT))
    exits = (Exit("exit", moved),)
    branch = WaitForStep("wait", None, (WaitBranch(moved, "took"),), up_to=AfterDuration(Duration(days=3)))
    took = ExitStep("took", "wait")
    cases = (
        ({"handlers": (keep,), "goal": goal, "exits": exits}, "goal"),
        ({"goal": goal, "exits": exits}, "exit"),
        ({}, "wait"),
    )
    for more, expected in cases:
        person = somebody()
        person.enter(plan(branch, took, **more))
        person.now += DAY
        person.tell("appointment.moved", id="a1", starts_at=None)
        assert person.ended() == expected


def test_events_of_one_wake_act_in_the_order_in_which_they_happened():
    a_plan = waiting(goal=Goal(BOUGHT), exits=(Exit("moved", pattern("appointment.moved")),))
    first = event("appointment.moved", START + timedelta(hours=1), 102)
    second = event("order.placed", START + timedelta(hours=2), 101)
    known = facts(events=(first, second))
    decided = decide(a_plan, run(a_plan), Wake((second, first)), known, START + DAY)
    assert decided.run.end_reason == "moved"


def test_a_condition_ends_a_run_when_what_it_names_changes_and_before_a_send():
    exits = (Exit("condition", condition=when("contact.tier == gold")),)
    person = somebody(attributes={"tier": "bronze"})
    person.enter(waiting(exits=exits))
    person.facts = facts(attributes={"tier": "gold"})
    person.tell("quiz.answered")
    assert person.ended() is None
    person.tell("contact.changed", attribute="points")
    assert person.ended() is None, "not what it names"
    person.tell("contact.changed", attribute="tier")
    assert person.ended() == "condition"
    silent = somebody(attributes={"tier": "bronze"})
    silent.enter(waiting(exits=exits))
    silent.facts = facts(attributes={"tier": "gold"})
    silent.until(START + 40 * DAY)
    assert (silent.ended(), silent.sent) == ("condition", [])


def test_a_condition_over_a_segment_listens_to_what_the_segment_names():
    segments = {"gold_club": when("contact.tier == gold and did(order.placed, last 30 days)")}
    person = Person(facts(replace(world(), segments=segments)), START)
    file_condition = replace(when("contact.points > 0"), root=_in_segment("gold_club"))
    person.enter(waiting(exits=(Exit("condition", condition=file_condition),)))
    assert {"contact.changed", "order.placed"} <= set(person.runs[1].listens_to)


def _in_segment(name: str):
    from dsl.nodes import InSegment  # noqa: PLC0415 - of this test alone

    return InSegment(name)


def test_a_run_whose_messages_can_reach_nobody_any_more_ends():
    person = somebody(consents={("newsletter", "email"): Consent("granted", "consent", START)})
    person.enter(waiting())
    person.now += DAY
    person.withdraw("newsletter", "email")
    assert person.ended() == "lost_consent"
    said = person.said("lost_consent")[0].data
    assert (said["because"], said["topic"], said["channel"]) == ("consent", "newsletter", "email")


def test_a_run_with_another_way_left_goes_on():
    step = replace(email("hello"), candidates=(candidate("say", "email"), candidate("say", "sms")))
    person = somebody()
    person.enter(plan(LONG, step))
    person.now += DAY
    person.withdraw("newsletter", "email")
    assert person.ended() is None
    block = Suppression("sms", "stop", person.now)
    person.facts = replace(person.facts, suppressions=(block,))
    person.look(1)
    assert person.ended() == "lost_consent", "found by what is known, whoever woke the run"


def test_who_could_never_be_reached_goes_on_and_each_message_says_so():
    person = somebody(consents={})
    person.enter(plan(email("hello", "long"), replace(LONG, next="last"), email("last")))
    person.withdraw("partners", "email")
    assert person.ended() is None
    person.until(START + 40 * DAY)
    assert [line.data["because"] for line in person.said("not_sent")] == ["consent", "consent"]


def test_a_run_whose_messages_are_behind_it_is_no_matter_of_consent():
    person = somebody()
    person.enter(plan(email("hello", "long"), replace(LONG, next=None)))
    person.until(START)
    person.now += DAY
    person.withdraw("newsletter", "email")
    person.withdraw("newsletter", "sms")
    assert person.ended() is None


def test_who_is_erased_leaves_at_once():
    person = somebody()
    person.enter(plan(email("hello")))
    person.facts = replace(person.facts, erased=True)
    person.look(1)
    assert person.ended() == "erased"
    assert Release(1, "erased") in person.effects


def test_a_run_that_ended_is_left_alone():
    person = somebody()
    a_plan = plan(ExitStep("done", "done"), goal=Goal(BOUGHT))
    person.enter(a_plan)
    ended = person.runs[1]
    assert decide(a_plan, ended, Wake((event("order.placed", START),)), person.facts, START) == Decision(
        ended
    )


def test_a_run_ends_when_it_passes_its_last_message_that_can_arrive_and_not_at_some_later_look():
    text = replace(email("text", "rest"), candidates=(candidate("say", "sms"),))
    person = somebody()
    person.enter(plan(replace(LONG, next="text"), text, replace(LONG, id="rest", next="last"), email("last")))
    person.now += DAY
    block = Suppression("email", "complaint", person.now)
    person.facts = replace(person.facts, suppressions=(block,))
    person.look(1)
    assert person.ended() is None, "an SMS lies ahead"
    person.until(person.now + 40 * DAY)
    assert person.ended() == "lost_consent"
    (sent,) = person.said("sent")
    assert person.said("lost_consent")[0].at == sent.at
