"""What a new version makes of a run: the rule that production and the virtual world share."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.codec import decode, encode
from dsl.plan import Plan, RepeatStep
from dsl.types import TEXT
from engine.decide import decide
from engine.editing import edit, fate
from engine.lacking import lacking
from engine.retyped import retyped
from engine.state import Loop, Mark, Pending, Run, Wake
from engine.stories import play
from tests.engine.story_projects import PERSON, SUBSCRIBED, scenario, stage_of, story, write
from tests.engine.world_builders import facts

NOON = datetime(2027, 2, 15, 11, tzinfo=UTC)
ENTERED = Mark(datetime(2027, 2, 10, 9, tzinfo=UTC), 7)
EMAIL, WAIT = "- email: hello\n", "- wait: 2 days\n"
PAUSE = "- { wait: 1 day, id: pause }\n"
LOOP = "- repeat: { every: 2 days, at_most: 3 }\n  id: again\n  steps: [{ email: hello, id: nudge }]\n"


@pytest.fixture
def compiled(tmp_path_factory):
    """The plan of a scenario, and the world in which it stands."""

    def compile_(steps: str, head: str = "", **more: str) -> tuple[Plan, object]:
        folder: Path = tmp_path_factory.mktemp("project")
        project = write(folder, {"case": scenario(steps, head, **more)}, "  - { name: none, expect: [] }\n")
        return project.scenarios["case"].plan, project.world

    return compile_


def run_at(position: str | None, **more: object) -> Run:
    """A run of version 1 that stands at a step."""
    return Run(1, "case", 1, "ada", ENTERED, position, ENTERED, **more)


@pytest.mark.parametrize(("rule", "at_one", "at_other"), [
    ("finish", "finish", "finish"),
    ("restart", "restart", "restart"),
    ("exit", "exit", "exit"),
    ("{ move: exit }", "move", "exit"),
    ("{ move: finish }", "move", "finish"),
])  # fmt: skip
def test_the_rule_of_the_new_version_holds(rule, at_one, at_other, compiled):
    """At a step that both have, and at one that is gone."""
    old, _ = compiled("- { email: hello, id: one }\n- { wait: 1 day, id: other }\n")
    new, _ = compiled("- { email: hello, id: one }\n", f"on_edit: {rule}\n")
    assert (fate(old, "one", new), fate(old, "other", new)) == (at_one, at_other)


def test_a_step_without_an_id_is_the_same_where_the_same_kind_stands_at_its_place(compiled):
    """A message in front of a wait does not make the wait a message."""
    old, _ = compiled(EMAIL + WAIT)
    longer, _ = compiled(EMAIL + WAIT.replace("2", "5"), "on_edit: { move: exit }\n")
    shifted, _ = compiled(EMAIL + EMAIL + WAIT, "on_edit: { move: exit }\n")
    assert (fate(old, "2", longer), fate(old, "2", shifted)) == ("move", "exit")


def test_who_moves_keeps_when_their_step_began_and_how_long_they_wait_for_a_place(compiled):
    old, world = compiled("- { email: hello, id: one }\n")
    new, _ = compiled("- { email: offer, id: one }\n", "on_edit: { move: exit }\n")
    run = run_at("one", pending=Pending(4, NOON), waits_until=NOON, due_at=None)
    edited = edit(run, old, new, 2, world, NOON)
    assert edited is not None
    moved = edited.run
    assert (moved.version, moved.began, moved.due_at) == (2, ENTERED, NOON)
    assert (moved.pending, moved.waits_until) == (Pending(None, NOON), None)
    assert edited.fresh is None


def test_a_call_that_was_made_goes_on_waiting_for_its_answer(compiled):
    steps = "- { call: open_case, id: ask, up_to: 1 hour }\n"
    old, world = compiled(steps)
    new, _ = compiled(steps + EMAIL, "on_edit: { move: exit }\n")
    run = run_at("ask", pending=Pending(), waits_until=NOON, due_at=NOON)
    edited = edit(run, old, new, 2, world, NOON)
    assert edited is not None
    assert (edited.run.pending, edited.run.waits_until) == (Pending(), NOON)


@pytest.mark.parametrize("before", ["- { email: hello, id: ask }\n", "- { wait: 2 days, id: ask }\n"])
def test_a_step_that_becomes_a_call_is_not_taken_for_one_that_was_made(before, compiled):
    """What waited for its place, or for an instant, asks the webhook now; else it would wait for ever."""
    old, world = compiled(before)
    new, _ = compiled("- { call: open_case, id: ask, up_to: 1 hour }\n", "on_edit: { move: exit }\n")
    run = run_at("ask", pending=Pending(4), waits_until=NOON, due_at=None, steps={"ask": ENTERED})
    edited = edit(run, old, new, 2, world, NOON)
    assert edited is not None
    decided = decide(new, edited.run, Wake(), facts(world), NOON)
    assert [effect.kind for effect in decided.effects] == ["request"]


def test_the_repeats_around_a_run_are_those_of_the_new_version(compiled):
    """One that is new around it is in its first pass; one that is gone is forgotten; the same goes on."""
    inside, world = compiled(LOOP)
    outside, _ = compiled("- { email: hello, id: nudge }\n" + EMAIL, "on_edit: { move: exit }\n")
    other, _ = compiled(LOOP.replace("id: again", "id: round"), "on_edit: { move: exit }\n")
    same, _ = compiled(LOOP.replace("at_most: 3", "at_most: 9"), "on_edit: { move: exit }\n")
    run = run_at("nudge", loops={"again": Loop(2, ENTERED)})

    def loops(new: Plan) -> object:
        edited = edit(run, inside, new, 2, world, NOON)
        assert edited is not None
        return edited.run.loops

    assert loops(outside) == {}
    assert loops(other) == {"round": Loop(1, ENTERED)}
    assert loops(same) == {"again": Loop(2, ENTERED)}


def test_who_begins_again_keeps_what_started_them(compiled):
    old, world = compiled(WAIT, "key: event.list\n")
    new, _ = compiled(EMAIL, "key: event.list\non_edit: restart\n")
    run = run_at("1", key="news", trigger_event={"list": "news"}, variables={"total": 5}, holdout=True)
    edited = edit(run, old, new, 2, world, NOON)
    assert edited is not None
    fresh = edited.fresh
    assert fresh is not None
    assert (edited.run.end_reason, fresh.position, fresh.version) == ("restarted", "1", 2)
    assert (fresh.key, fresh.trigger_event, fresh.holdout) == ("news", {"list": "news"}, True)
    assert (fresh.variables, fresh.entered) == ({}, Mark(NOON, 7))


@pytest.mark.parametrize(("steps", "said"), [
    ("- { wait: 1 day, id: pause, only_if: run.total > 3 }\n", ("`run.total`, which step `pause` reads",)),
    (f"{PAUSE}- set: {{ run.total: 9 }}\n- {{ email: hello, only_if: run.total > 3 }}\n", ()),
    (f"{PAUSE}- {{ email: hello, only_if: event.list is known }}\n", ()),
])  # fmt: skip
def test_what_only_people_in_flight_would_lack(steps, said, compiled):
    """Not what is set on their way, nor what started them all."""
    old, world = compiled("- { wait: 1 day, id: pause }\n")
    new, _ = compiled("- { set: { run.total: 5 } }\n" + steps, "on_edit: { move: exit }\n")
    assert lacking(old, new, ["pause"], world.catalog) == said


def test_what_may_be_unset_for_everybody_is_its_authors_to_ask_about(compiled):
    """A variable that only a handler sets may be unset for those too who enter anew."""
    old, world = compiled("- { wait: 1 day, id: pause }\n")
    head = "on_edit: { move: exit }\nhandlers: [{ event: order.placed, set: { run.total: 5 } }]\n"
    new, _ = compiled("- { wait: 1 day, id: pause }\n- { email: hello, only_if: run.total > 3 }\n", head)
    assert lacking(old, new, ["pause"], world.catalog) == ()


TOTAL = "- { set: { run.total: %s }, id: before }\n"
READS = "- { email: hello, id: last, only_if: run.total > 3 }\n"
IS_TEXT = "`run.total` is text, which step `last` reads as a number"


@pytest.mark.parametrize(("steps", "said"), [
    (READS, (IS_TEXT,)),
    ("- { add: { run.total: 1 }, id: last }\n", (IS_TEXT,)),
    ("- { set: { run.total: 9 }, id: anew }\n" + READS, ()),
    ('- { set: { run.total: 9 }, id: anew, only_if: event.list == "news" }\n' + READS,
     (IS_TEXT,)),
    (EMAIL, ()),
])  # fmt: skip
def test_what_people_in_flight_hold_as_another_type(steps, said, compiled):
    """It counts where it is read before it is surely set anew."""
    old, world = compiled(TOTAL % '"many"' + PAUSE)
    new, _ = compiled(TOTAL % "5" + PAUSE + steps, "on_edit: { move: exit }\n")
    assert retyped(old, new, ["pause"], world.catalog) == said
    assert lacking(old, new, ["pause"], world.catalog) == ()


def test_who_finishes_or_does_not_stand_where_they_are_moved_is_not_asked_about(compiled):
    old, world = compiled(TOTAL % '"many"' + PAUSE + "- { wait: 1 day, id: gone }\n")
    new, _ = compiled(TOTAL % "5" + PAUSE + READS, "on_edit: { move: finish }\n")
    assert retyped(old, new, ["gone", None], world.catalog) == ()
    stays, _ = compiled(TOTAL % "5" + PAUSE + READS)
    assert retyped(old, stays, ["pause"], world.catalog) == ()


def test_a_step_that_was_done_sets_nothing_anew(compiled):
    """It stood before the pause, and stands behind it now: who has done it does not do it again."""
    old, world = compiled(TOTAL % '"many"' + PAUSE)
    new, _ = compiled(PAUSE + TOTAL % "5" + READS, "on_edit: { move: exit }\n")
    assert retyped(old, new, ["pause"], world.catalog) == (IS_TEXT,)


def test_a_number_within_other_bounds_is_a_number(compiled):
    old, world = compiled(TOTAL % "contact.points" + PAUSE)
    new, _ = compiled(TOTAL % "7" + PAUSE + READS, "on_edit: { move: exit }\n")
    assert retyped(old, new, ["pause"], world.catalog) == ()


def test_who_begins_again_brings_what_started_them_as_it_was(compiled):
    """The call gave a text, and would give a number; what they had noted themselves is forgotten."""
    api = "api: {{ input: {{ list: {} }} }}"
    old, world = compiled(TOTAL % '"many"' + PAUSE, trigger=api.format("text"))
    asks = "- { email: hello, id: last, only_if: event.list > 3 and run.total > 3 }\n"
    new, _ = compiled(TOTAL % "5" + asks, "on_edit: restart\n", trigger=api.format("number"))
    assert retyped(old, new, ["pause"], world.catalog) == (
        "`event.list` is text, which the new version reads as a number",
    )


def test_a_plan_of_before_plans_said_what_variables_are_is_read(compiled):
    plan, world = compiled(TOTAL % '"many"' + PAUSE)
    assert dict(plan.variables) == {"total": TEXT}
    stored = {name: part for name, part in encode(plan).items() if name != "variables"}
    older = decode(Plan, stored)
    assert older == plan
    new, _ = compiled(TOTAL % "5" + PAUSE + READS, "on_edit: { move: exit }\n")
    assert retyped(older, new, ["pause"], world.catalog) == ()


DOES = """- { task: Call back, team: shop, id: phone }
- { add: { contact.points: 5 }, id: gift }
- { emit: product.viewed, id: told, with: { sku: "A" } }
"""


def test_what_was_done_is_not_done_again_where_the_new_version_has_it_later(compiled):
    """Points, tasks, events and calls as messages: a run that comes to them once more has done them."""
    old, world = compiled(DOES + PAUSE)
    new, _ = compiled(PAUSE + DOES, "on_edit: { move: exit }\n")
    there = decide(old, run_at("phone"), Wake(), facts(world), ENTERED.at).run
    edited = edit(there, old, new, 2, world, ENTERED.at)
    assert edited is not None
    decided = decide(new, edited.run, Wake(), facts(world), NOON)
    assert (decided.effects, decided.run.status) == ((), "ended")
    anew = decide(new, replace(edited.run, done=()), Wake(), facts(world), NOON)
    assert [effect.kind for effect in anew.effects] == ["task", "assign", "emit"]


@pytest.mark.parametrize(("later", "kinds"), [
    ("- { task: Call back, team: shop }\n", []),
    ("- { task: Write a card, team: shop }\n", ["task"]),
    ('- { emit: product.viewed, with: { sku: "A" } }\n', ["emit"]),
])  # fmt: skip
def test_another_step_at_the_place_of_one_without_an_id_is_not_done(later, kinds, compiled):
    old, world = compiled(EMAIL + "- { task: Call back, team: shop }\n" + PAUSE)
    new, _ = compiled(PAUSE + later, "on_edit: { move: exit }\n")
    run = run_at("pause", done=("2",), steps={"pause": ENTERED}, passes={"1": 1, "2": 1, "pause": 1})
    edited = edit(run, old, new, 2, world, NOON)
    assert edited is not None
    decided = decide(new, edited.run, Wake(), facts(world), NOON)
    assert [effect.kind for effect in decided.effects] == kinds


# Any versions, published at any time


STEPS = (
    "- {{ email: hello, id: a{n} }}\n",
    "- {{ email: offer, id: b{n} }}\n",
    "- {{ wait: {n} days, id: w{n} }}\n",
    "- {{ task: Call {n}, team: shop, id: k{n} }}\n",
    "- wait_for: order.placed\n  id: o{n}\n  up_to: {n} days\n  then: [{{ email: offer, id: t{n} }}]\n",
    "- repeat: {{ every: {n} days, at_most: 2 }}\n  id: r{n}\n  steps: [{{ email: hello, id: p{n} }}]\n",
)
VERSION = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(1, 3)), min_size=1, max_size=5, unique=True
).map(lambda found: "".join(step.format(n=n) for step, n in found))
RULE = st.sampled_from(("finish", "restart", "exit", "{ move: exit }", "{ move: finish }"))


@settings(max_examples=25, deadline=None)
@given(VERSION, st.lists(st.tuples(VERSION, RULE, st.integers(0, 9)), min_size=1, max_size=3))
def test_whatever_is_published_nobody_is_lost_or_told_twice(first, later):
    """Every run ends; outside of repeats a run sends no message of a step twice, and opens no task twice."""
    later = sorted(later, key=lambda each: each[2])
    names = [f"case_v{number}" for number in range(2, 2 + len(later))]
    named = list(zip(names, later, strict=True))
    lines = [f"{{ at: day {day} 15:00, publishes: {name}.yaml }}" for name, (_, _, day) in named]
    texts = {name: scenario(steps, f"on_edit: {rule}\n") for name, (steps, rule, _) in named}
    with tempfile.TemporaryDirectory() as folder:
        told = story("\n".join((SUBSCRIBED, *lines)), "", PERSON)
        project = write(Path(folder) / "project", {"case": scenario(first)}, told, **texts)
        stage = stage_of(project)
        (file,) = project.stories
        played = play(file.stories[0], file, stage)
    every = (*stage.plans.values(), *stage.editions.values())
    repeated = {step.body for plan in every for step in plan.steps if isinstance(step, RepeatStep)}
    sent: dict[tuple[int, str], set[object]] = {}
    for line, run in ((each.line, each.run) for each in played.told if each.line and each.run):
        if line.what == "sent" and line.step not in repeated:
            sent.setdefault((run.id, str(line.step)), set()).add(line.data["message_id"])
        if line.what == "task":
            sent.setdefault((run.id, str(line.step)), set()).add(line.at)
    assert all(len(messages) == 1 for messages in sent.values())
    begun = {each.run.id for each in played.told if each.run}
    assert len([each for each in played.happened if each.kind == "exit"]) >= len(begun)
