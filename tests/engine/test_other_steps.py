"""Branches, arms, values, consents, events, calls, tasks, loops, exits."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from dsl.plan import (
    AfterDuration,
    Assignment,
    CallStep,
    ChooseStep,
    EmitStep,
    Exit,
    ExitStep,
    GrantStep,
    RepeatStep,
    SetStep,
    SplitStep,
    SuppressStep,
    TaskStep,
    WaitStep,
)
from dsl.scope import Mark
from dsl.types import NUMBER
from dsl.values import Duration, Money
from engine.decide import decide
from engine.decision import Assign, Emit, GrantConsent, OpenTask, Request, SuppressTopic
from engine.doing import total
from engine.state import Answer, Consent, Wake
from tests.engine.person import Person
from tests.engine.world_builders import START, email, facts, plan, run, when

DAY = timedelta(days=1)


def somebody(**known) -> Person:
    return Person(facts(**known), START)


def effects(person: Person, kind: type) -> list:
    return [effect for effect in person.effects if isinstance(effect, kind)]


def ends(*names: str) -> tuple[ExitStep, ...]:
    return tuple(ExitStep(name, name) for name in names)


@pytest.mark.parametrize(("points", "expected"), [(120, "rich"), (50, "well"), (1, "poor"), (None, "poor")])
def test_the_first_case_that_holds_is_taken(points, expected):
    fork = ChooseStep(
        "fork", ((when("contact.points > 100"), "rich"), (when("contact.points > 20"), "well")), "poor"
    )
    person = somebody(attributes={"points": None if points is None else Decimal(points)})
    person.enter(plan(fork, *ends("rich", "well", "poor")))
    assert person.ended() == expected


def test_an_arm_is_the_same_at_every_look_and_a_story_may_fix_it():
    arms = (("a", Decimal("0.5"), "a"), ("b", Decimal("0.5"), "b"))
    a_plan = plan(SplitStep("test", arms), *ends("a", "b"))
    taken = set()
    for number in range(20):
        person = Person(replace(facts(), contact_id=f"c_{number}"), START)
        person.enter(a_plan)
        again = Person(replace(facts(), contact_id=f"c_{number}"), START + DAY)
        again.enter(a_plan)
        assert person.ended() == again.ended()
        taken.add(person.ended())
    assert taken == {"a", "b"}
    fixed = somebody(arms={"test": "b"})
    fixed.enter(a_plan)
    assert fixed.ended() == "b"


def test_values_are_set_one_after_the_other():
    step = SetStep(
        "set",
        (
            Assignment(("run", "base"), when("contact.points")),
            Assignment(("contact", "points"), when("run.base * 2", base=NUMBER)),
            Assignment(("contact", "points"), when("5"), "add"),
            Assignment(("contact", "stage"), None),
        ),
        None,
    )
    person = somebody(attributes={"points": Decimal(10), "stage": "new"})
    person.enter(plan(step))
    assert effects(person, Assign) == [
        Assign("points", Decimal(10), Decimal(20)),
        Assign("points", Decimal(20), Decimal(25)),
        Assign("stage", "new", None),
    ]


def test_add_counts_from_nothing_and_stops_at_the_end_of_the_range():
    add = SetStep("add", (Assignment(("contact", "points"), when("-30"), "add"),), None)
    for before, after in ((None, 0), (50, 20), (10, 0)):
        person = somebody(attributes={"points": None if before is None else Decimal(before)})
        person.enter(plan(add))
        assert person.facts.attributes["points"] == Decimal(after)


def test_amounts_of_one_currency_add_up():
    euros, francs = Money(Decimal(5), "EUR"), Money(Decimal(5), "CHF")
    assert total(euros, euros) == Money(Decimal(10), "EUR")
    assert total(euros, francs) == euros
    assert total(None, euros) == euros
    assert total(euros, None) == euros


def test_what_a_run_sets_may_end_it_at_once():
    become_gold = SetStep("set", (Assignment(("contact", "tier"), when('"gold"')),), "hello")
    exits = (Exit("promoted", condition=when("contact.tier == gold")),)
    person = somebody(attributes={"tier": "bronze"})
    person.enter(plan(become_gold, email("hello"), exits=exits))
    assert person.ended() == "promoted"


def test_a_grant_is_recorded_and_used_by_the_next_message():
    step = GrantStep("grant", "newsletter", "email", "optin_v3", "hello", "click")
    person = somebody(consents={})
    person.enter(plan(step, email("hello")))
    assert effects(person, GrantConsent) == [GrantConsent("newsletter", "email", "optin_v3", "click")]
    person.until(START)
    assert person.left() == [("02-15 09:00", "email", "hello")]


def test_a_suppression_of_ones_own_making_ends_what_can_reach_nobody():
    stop = SuppressStep("stop", "newsletter", "email", "inactive", "hello")
    only = {("newsletter", "email"): Consent("granted", "consent", START)}
    person = somebody(consents=only)
    person.now = START + DAY
    person.enter(plan(stop, email("hello")), at=START)
    assert effects(person, SuppressTopic) == [SuppressTopic("newsletter", "email", "inactive")]
    assert person.ended() == "lost_consent"
    sunset = somebody(consents=only)
    sunset.enter(plan(replace(stop, next=None)))
    assert sunset.ended() == "end"


def test_an_emission_is_the_same_one_however_often_it_is_tried():
    step = EmitStep("emit", "quiz.answered", None, (("score", when("3")),))
    person = somebody()
    a_plan = plan(step)
    first = decide(a_plan, run(a_plan), Wake(), person.facts, START)
    second = decide(a_plan, run(a_plan), Wake(), person.facts, START + DAY)
    assert first.effects == second.effects == (Emit("quiz.answered", {"score": Decimal(3)}, "1/emit/1"),)


def test_a_task_is_due_after_its_time_and_withheld_in_the_holdout():
    step = TaskStep("task", "Call back", "store_75011", None, Duration(days=2))
    person, held = somebody(), somebody()
    person.enter(plan(step))
    held.enter(plan(step), holdout=True)
    assert effects(person, OpenTask) == [OpenTask("task", "Call back", "store_75011", START + 2 * DAY)]
    assert effects(held, OpenTask) == []
    assert held.said("withheld")[0].data["because"] == "holdout"


def call(**more) -> CallStep:
    return CallStep("call", "open_case", "done", (("id", when("run.key")),), "run.case", **more)


def test_a_call_waits_for_its_answer_and_keeps_it():
    person = somebody()
    person.enter(plan(call(), *ends("done")), key="k1")
    (request,) = effects(person, Request)
    assert (request.body, request.until) == ({"id": "k1"}, START + timedelta(hours=1))
    assert person.runs[1].due_at == request.until
    person.now += timedelta(minutes=2)
    answered = START + timedelta(minutes=1)
    person.facts = facts(answers={(1, "call", 1): Answer(ok=True, at=answered, body={"case_id": "c9"})})
    person.look(1)
    assert person.ended() == "done"
    assert person.runs[1].variables == {"case": {"case_id": "c9"}}
    assert person.runs[1].began == Mark(answered)


def test_an_answer_that_a_condition_names_ends_the_run_at_once():
    """And not at some later look, when a message is about to leave."""
    person = somebody()
    exits = (Exit("known", condition=when("run.case is known", case=NUMBER)),)
    long = WaitStep("done", AfterDuration(Duration(days=20)), "over")
    person.enter(plan(call(), long, *ends("over"), exits=exits), key="k1")
    person.facts = facts(answers={(1, "call", 1): Answer(ok=True, at=START, body={"case_id": "c9"})})
    person.look(1)
    assert person.ended() == "known"


@pytest.mark.parametrize(("on_error", "expected"), [("continue", "done"), ("exit", "error")])
@pytest.mark.parametrize("fails", [True, False])
def test_a_call_that_fails_or_is_never_answered(on_error, expected, fails):
    person = somebody()
    person.enter(plan(call(on_error=on_error), *ends("done")))
    if fails:
        person.facts = facts(answers={(1, "call", 1): Answer(ok=False, at=START)})
        person.look(1)
    else:
        person.until(START + timedelta(hours=1))
    assert person.ended() == expected
    assert len(effects(person, Request)) == 1


def loop(every: Duration, at_most: int, until=None) -> RepeatStep:
    return RepeatStep("loop", every, at_most, "body", "done", until)


def test_passes_begin_every_so_often_the_first_at_once():
    person = somebody()
    person.enter(plan(loop(Duration(days=14), 3), email("body", "loop"), *ends("done")))
    person.until(START + 60 * DAY)
    assert [at for at, _, _ in person.left()] == ["02-15 09:00", "03-01 09:00", "03-15 09:00"]
    assert [m.iteration for m in person.sent] == [1, 2, 3]
    assert person.runs[1].ended_at == START + 28 * DAY
    assert person.runs[1].loops == {}


def test_a_pass_that_takes_longer_than_every_delays_the_next():
    long = WaitStep("body", AfterDuration(Duration(days=20)), "loop")
    person = somebody()
    person.enter(plan(loop(Duration(days=14), 2), long, *ends("done")))
    person.until(START + 100 * DAY)
    assert person.runs[1].ended_at == START + 40 * DAY


def test_until_is_asked_before_each_pass():
    twice = when("count(message.sent, since entry) >= 2")
    person = somebody()
    person.enter(plan(loop(Duration(days=14), 5, twice), email("body", "loop"), *ends("done")))
    person.until(START + 100 * DAY)
    assert len(person.sent) == 2
    assert person.runs[1].ended_at == START + 28 * DAY
    never = somebody()
    never.enter(
        plan(loop(Duration(days=14), 5, when("contact.country == FR")), email("body", "loop"), *ends("done"))
    )
    assert never.ended() == "done"


def test_a_loop_inside_a_loop_starts_anew_in_each_pass():
    outer = RepeatStep("outer", Duration(days=30), 2, "loop", "done")
    inner = RepeatStep("loop", Duration(days=1), 3, "body", "outer")
    person = somebody()
    person.enter(plan(outer, inner, email("body", "loop"), *ends("done")))
    person.until(START + 100 * DAY)
    assert len(person.sent) == 6
    assert [m.iteration for m in person.sent] == [1, 2, 3, 4, 5, 6]


def test_only_if_of_a_loop_is_asked_once():
    person = somebody()
    skipped = replace(loop(Duration(days=1), 3), only_if=when("contact.country == BE"))
    person.enter(plan(skipped, email("body", "loop"), *ends("done")))
    assert person.ended() == "done"
    assert person.facts.messages == ()


def test_an_exit_has_the_reason_that_it_is_given():
    person = somebody()
    person.enter(plan(ExitStep("leave", "bored")))
    assert person.ended() == "bored"
    assert person.said("ended")[0].text == "exit: bored"


def test_a_scenario_without_steps_ends_at_once():
    person = somebody()
    person.enter(plan())
    assert person.ended() == "end"
