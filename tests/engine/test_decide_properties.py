"""What holds of any scenario: decisions are the same every time, and a late worker changes nothing."""

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.plan import (
    AfterDuration,
    ChooseStep,
    ExitStep,
    RepeatStep,
    UntilTime,
    WaitBranch,
    WaitForStep,
    WaitStep,
)
from dsl.policy import Hours, Limit
from dsl.values import Duration
from engine.decide import decide
from engine.state import Wake
from tests.engine.person import Person
from tests.engine.world_builders import START, email, facts, pattern, plan, run, when, world

DAY = timedelta(days=1)
BOUGHT = pattern("order.placed")
MOMENTS = st.one_of(
    st.builds(AfterDuration, st.builds(Duration, days=st.integers(0, 9))),
    st.builds(AfterDuration, st.builds(Duration, seconds=st.integers(0, 200_000))),
    st.builds(
        AfterDuration, st.builds(Duration, days=st.integers(0, 9)), st.builds(time, st.integers(0, 23))
    ),
    st.builds(UntilTime, st.builds(time, st.integers(0, 23)), st.sampled_from((None, 0, 3))),
)


@st.composite
def journeys(draw, *, messages: bool):
    """Plans of up to seven steps in a row, of which some are loops around a wait.

    A branch goes by what is known when it is looked at, so it is no part of plans that go by the clock alone.
    """
    kinds = ["wait", "wait_for", "repeat", *(["message", "message", "choose"] if messages else [])]
    drawn = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=7))
    names = [f"s{number}" for number in range(len(drawn))]
    steps = []
    for name, following, kind in zip(names, [*names[1:], "done"], drawn, strict=True):
        match kind:
            case "wait":
                steps.append(WaitStep(name, draw(MOMENTS), following))
            case "wait_for":
                up_to = AfterDuration(Duration(days=draw(st.integers(1, 5))))
                steps.append(WaitForStep(name, following, (WaitBranch(BOUGHT, following),), up_to=up_to))
            case "choose":
                bought = when("did(order.placed, since entry)")
                steps.append(
                    ChooseStep(name, ((bought, following),), draw(st.sampled_from((following, "done"))))
                )
            case "repeat":
                every, at_most = Duration(days=draw(st.integers(1, 4))), draw(st.integers(1, 3))
                steps.append(RepeatStep(name, every, at_most, f"{name}.1", following))
                steps.append(WaitStep(f"{name}.1", draw(MOMENTS), name))
            case "message":
                steps.append(email(name, following))
    return plan(*steps, ExitStep("done", "done"))


EVENTS = st.lists(st.integers(1, 40 * 24), max_size=4, unique=True).map(sorted)


def lived(a_plan, hours, *, late=timedelta(0), world_=None) -> Person:
    """A life in which orders are placed some hours after the start."""
    person = Person(facts(world_ or world()), START, late=late)
    person.enter(a_plan)
    for hour in hours:
        person.until(START + timedelta(hours=hour))
        person.tell("order.placed", at=START + timedelta(hours=hour))
    person.until(START + 200 * DAY)
    return person


@settings(max_examples=100, deadline=None)
@given(journey=journeys(messages=False), hours=EVENTS, late=st.integers(1, 5 * 3600))
def test_a_late_worker_changes_no_instant_of_the_plan(journey, hours, late):
    prompt = lived(journey, hours)
    slow = lived(journey, hours, late=timedelta(seconds=late))
    assert prompt.runs[1].status == slow.runs[1].status == "ended"
    assert (prompt.runs[1].ended_at, prompt.ended()) == (slow.runs[1].ended_at, slow.ended())
    assert prompt.runs[1].steps == slow.runs[1].steps


@settings(max_examples=80, deadline=None)
@given(journey=journeys(messages=True), hours=EVENTS)
def test_every_run_comes_to_its_end_and_a_second_look_never_finds_anything(journey, hours):
    """`Person` holds every decision to it that looking again changes nothing."""
    narrow = world(limits=(Limit(1, 2),), hours={"email": Hours(time(9), time(18), (0, 1, 2, 3, 4))})
    person = lived(journey, hours, world_=narrow)
    assert person.ended() == "done"
    assert {m.state for m in person.facts.messages} <= {"sent"}


@settings(max_examples=60, deadline=None)
@given(journey=journeys(messages=True), hours=EVENTS)
def test_the_same_facts_give_the_same_decision(journey, hours):
    one, other = lived(journey, hours), lived(journey, hours)
    assert (one.effects, one.trail, one.runs) == (other.effects, other.trail, other.runs)


def test_deciding_does_not_touch_what_it_is_given():
    a_plan = plan(email("hello", "pause"), WaitStep("pause", AfterDuration(Duration(days=1)), None))
    a_run, known = run(a_plan), facts()
    before = (replace(a_run), replace(known))
    decide(a_plan, a_run, Wake(), known, START)
    assert (a_run, known) == before
