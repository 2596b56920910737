"""What a run holds as another type than a new version, that takes it over, reads it as.

A text where the new version adds to a number would stop the run at its first use. So a publication refuses
it, as it refuses what would be unset. Plans of earlier releases do not say what their variables are, and
nothing is known of those.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dsl.catalog import Catalog
from dsl.plan import ApiTrigger, ChangeTrigger, EventTrigger, Plan, ReachTrigger, SetStep, Step, Trigger
from dsl.plan_parts import parts
from dsl.plan_steps import Assignment
from dsl.types import TEXT, ChoiceOf, ListOf, Number, Record, Type, describe
from engine.editing import fate, is_same
from engine.lacking import CHANGED, Held, reads, ways

Types = Mapping[str, Type]
"""By name: `run.total`, `run.key`, `event.order_id`."""


def retyped(
    old: Plan, new: Plan, positions: Iterable[str | None], catalog: Catalog, before: Sequence[Plan] = ()
) -> tuple[str, ...]:
    """What people at these steps of an old version hold as another type than the new one reads, in words.

    Empty where the new version takes none of them over. `before`: the versions from which the old one took
    people over, the oldest first; of two that have a name, the later says what it is.
    """
    were: dict[str, Type] = {}
    for plan in (*before, old):
        were |= types_of(plan, catalog)
    are = types_of(new, catalog)
    other = frozenset(name for name in were.keys() & are.keys() if not is_held_alike(were[name], are[name]))
    if new.on_edit == "restart":
        kept = (name for name in other & reads(new) if name == "run.key" or not name.startswith("run."))
        found: dict[str, str | None] = dict.fromkeys(sorted(kept))
    else:
        there = [each for each in dict.fromkeys(positions) if each and fate(old, each, new) == "move"]
        found = _met((*before, old), new, there, other)
    return tuple(_said(name, step, were[name], are[name]) for name, step in found.items())


def _said(name: str, step: str | None, was: Type, is_: Type) -> str:
    who = f"step `{step}`" if step else "the new version"
    return f"`{name}` is {describe(was)}, which {who} reads as {describe(is_)}"


def _met(versions: Sequence[Plan], new: Plan, there: Sequence[str], other: Held) -> dict[str, str | None]:
    """The names among `other` that are read before they are set anew, and a step that does so."""
    if not there:
        return {}
    anywhere = other & _asks((new.goal, new.exits, new.handlers))
    found: dict[str, str | None] = dict.fromkeys(sorted(anywhere))
    for step, names in _ahead(versions, new, there, other):
        for name in sorted(names & _asks(step)):
            found.setdefault(name, step.id)
    return found


def _ahead(
    versions: Sequence[Plan], new: Plan, there: Sequence[str], other: Held
) -> Iterator[tuple[Step, Held]]:
    """The steps to which people at these come, with the names that may still be as they were."""
    still: dict[str, Held] = {}
    waiting = [(name, other) for name in there]
    while waiting:
        name, names = waiting.pop()
        if names <= still.get(name, frozenset()):
            continue
        still[name] = names = names | still.get(name, frozenset())
        step = new.by_id[name]
        skipped = isinstance(step, SetStep) and _may_be_done(versions, step)
        waiting += [(to, names if skipped else names - sets) for to, sets in ways(step) if to is not None]
    return ((step, still[step.id]) for step in new.steps if step.id in still)


def _may_be_done(versions: Sequence[Plan], step: Step) -> bool:
    """Whether who was in an older version may have done a step, and so does not do it again."""
    return any(step.id in plan.by_id and is_same(plan.by_id[step.id], step) for plan in versions)


def _asks(part: Any) -> Held:
    """The names that a part of a plan reads; what it adds to is read too."""
    lines = (each for each in parts(part) if isinstance(each, Assignment) and each.op == "add")
    return reads(part) | {".".join(each.target) for each in lines}


def types_of(plan: Plan, catalog: Catalog) -> Types:
    """The types of what runs of a plan hold: variables, the key, and what started them.

    Where two triggers give a name as different types, nothing can read it, and it has none here.
    """
    found: dict[str, Type] = {}
    clashing: set[str] = set()
    for name, type_ in (each for trigger in plan.triggers for each in _given(trigger, catalog)):
        if found.setdefault(f"event.{name}", type_) != type_:
            clashing.add(f"event.{name}")
    started = {name: type_ for name, type_ in found.items() if name not in clashing}
    return started | {f"run.{name}": type_ for name, type_ in plan.variables}


def _given(trigger: Trigger, catalog: Catalog) -> Iterable[tuple[str, Type]]:
    match trigger:
        case EventTrigger(pattern=pattern) | ReachTrigger(pattern=pattern):
            declared = catalog.events.get(pattern.event)
            return declared.properties.fields if declared else ()
        case ChangeTrigger(attribute=name):
            attribute = catalog.attributes.get(name)
            changed = dict(catalog.events[CHANGED].properties.fields)
            both = {"before": attribute.type, "after": attribute.type} if attribute else {}
            return (changed | both).items()
        case ApiTrigger(inputs=inputs):
            return inputs
    return ()


def is_held_alike(was: Type, is_: Type) -> bool:
    """Whether a value of one type, as it is held, may be read as another."""
    match was, is_:
        case Number(), Number():
            return True
        case ChoiceOf(), ChoiceOf():
            return not is_.ordered or set(was.options) <= set(is_.options)
        case ChoiceOf(), _:
            return is_ == TEXT
        case ListOf(item=before), ListOf(item=after):
            return is_held_alike(before, after)
        case Record(), Record():
            both = ((of, is_.field(name)) for name, of in was.fields)
            return all(after is None or is_held_alike(before, after) for before, after in both)
    return was == is_
