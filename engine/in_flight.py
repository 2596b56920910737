"""Whom a publication touches: people in flight by the step at which they stand, and what becomes of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from dsl.diagram_words import card
from dsl.plan import Plan
from dsl.wording.openings import ON_EDIT
from engine.editing import Fate, fate, is_unnamed


@dataclass(frozen=True)
class Standing:
    """People in flight at one step of one version; `step` None before the first."""

    version: int
    step: str | None
    people: int


@dataclass(frozen=True)
class Touched:
    """What a new version makes of the people at one step of an older one.

    `where` says the step in words; `gone`: the new version has no such step. `version` None: the scenario is
    withdrawn.
    """

    scenario: str
    version: int | None
    older: int
    step: str | None
    where: str
    people: int
    becomes: Fate
    gone: bool


WORDS: Mapping[Fate, tuple[str, str]] = {
    "move": ("go on in it at the same step", "go on"),
    "restart": ("begin again in it", "begin again"),
    "exit": ("leave", "leave"),
    "finish": ("finish where they are", "finish"),
}
"""What becomes of people, of all of them and at one step."""


def touched(
    scenario: str,
    version: int | None,
    new: Plan | None,
    standing: Sequence[Standing],
    older: Mapping[int, Plan],
) -> tuple[Touched, ...]:
    """What becomes of everybody in flight, the most people first; `new` None withdraws the scenario."""
    found = []
    for each in standing:
        old = older[each.version]
        becomes: Fate = fate(old, each.step, new) if new else "finish"
        gone = new is not None and new.on_edit.startswith("move") and becomes != "move"
        where = _where(old, each.step)
        found.append(Touched(scenario, version, each.version, each.step, where, each.people, becomes, gone))
    return tuple(sorted(found, key=lambda each: (-each.people, each.older, each.step or "")))


def _where(plan: Plan, position: str | None) -> str:
    step = plan.by_id.get(position or "")
    if step is None:
        return "the beginning" if position is None else f"step {position}"
    words = card(step)
    return f"step {position} ({words.heading.lower()}: {words.text})"


def told(all_: Sequence[Touched]) -> Iterator[str]:
    """What becomes of people in flight: in a line, and then step by step."""
    if not all_:
        return
    yield _sum(all_)
    for each in all_:
        gone = ", which is gone" if each.gone else ""
        yield f"  {each.people:,} at {each.where} of version {each.older}{gone}: {WORDS[each.becomes][1]}"
    unnamed = _count(each for each in all_ if each.becomes == "move" and is_unnamed(each.step or ""))
    if unnamed:
        yield f"  {unnamed:,} of them stand at steps without an id, found by their place: look twice"


def _sum(all_: Sequence[Touched]) -> str:
    gone = _count(each for each in all_ if each.gone)
    kinds = {each.becomes for each in all_}
    if kinds == {"finish"} and not gone:
        return f"people in flight {WORDS['finish'][0]}: {', '.join(_by_version(all_))}"
    if len(kinds) == 1 and not gone:
        return f"{_count(all_):,} people in flight {WORDS[kinds.pop()][0]}"
    moved = f"{_count(all_) - gone:,} {WORDS['move'][0]}"
    last = next(WORDS[each.becomes][0] for each in all_ if each.gone)
    return f"of {_count(all_):,} people in flight {moved}, {gone:,} stand at a step that is gone and {last}"


def _by_version(all_: Iterable[Touched]) -> Iterator[str]:
    ordered = sorted(all_, key=lambda each: each.older)
    for number, group in groupby(ordered, key=lambda each: each.older):
        yield f"{_count(group)} on version {number}"


def _count(all_: Iterable[Touched]) -> int:
    return sum(each.people for each in all_)


def foretold(old: Plan, new: Plan) -> Iterator[str]:
    """What publishing a plan over another does with people in flight, whoever that may be."""
    yield ON_EDIT[new.on_edit]
    for step in old.steps:
        if new.on_edit.startswith("move") and fate(old, step.id, new) != "move":
            yield f"  Gone: {_where(old, step.id)}."
