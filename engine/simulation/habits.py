"""What may happen to people, read from the project alone: the events that its scenarios speak of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dsl.catalog import EventType
from dsl.compiler import Project
from dsl.needs import needs_of
from dsl.nodes import Compare, Constant, Expression, Field, In, ListNode
from dsl.plan import ChangeTrigger, EventTrigger, Plan, ReachTrigger
from dsl.plan_parts import formulas, patterns
from dsl.story import Happens, Later, Story
from dsl.traversal import walk
from engine.simulation.made_up import RATE, Makings


def makings(project: Project, rates: Mapping[str, float]) -> Makings:
    """How often what happens, as far as scenarios care: `rates` where given, else what is assumed.

    What events say is taken from the stories of the project, where they tell of such an event.
    """
    events = project.catalog.events
    named = {name for each in project.scenarios.values() for name in _named(each.plan, project)}
    own = [name for name in sorted(named) if _is_theirs(events.get(name))]
    stories = [story for file in project.stories for story in file.stories]
    of_all = dict.fromkeys(own, RATE) | dict(rates)
    return Makings(project.catalog, of_all, _examples(stories), _words(project))


def _named(plan: Plan, project: Project) -> Iterator[str]:
    yield from plan.listens_to
    for trigger in plan.triggers:
        if isinstance(trigger, EventTrigger | ReachTrigger):
            yield trigger.pattern.event
        elif isinstance(trigger, ChangeTrigger):
            yield "contact.changed"
    for need in needs_of((formula.root for formula in formulas(plan)), project.world):
        yield need.event


def _words(project: Project) -> dict[tuple[str, str], Sequence[str]]:
    """The texts with which patterns compare properties of their events: `list == "newsletter"`."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for each in project.scenarios.values():
        for pattern in patterns(each.plan):
            for node in walk(pattern.where.root) if pattern.where else ():
                for name, text in _compared(node):
                    found.setdefault((pattern.event, name), {})[text] = None
    return {place: tuple(texts) for place, texts in found.items()}


def _compared(node: Expression) -> Iterator[tuple[str, str]]:
    match node:
        case Compare(op="==", left=Field(root="property", path=(name,)), right=Constant(value=str() as text)):
            yield name, text
        case In(value=Field(root="property", path=(name,)), options=ListNode(items=items), negated=False):
            for item in items:
                if isinstance(item, Constant) and isinstance(item.value, str):
                    yield name, item.value


def _is_theirs(event: EventType | None) -> bool:
    """Whether an event happens to people and comes from outside."""
    return event is not None and not event.built_in and event.about is None


def _examples(stories: Iterable[Story]) -> dict[str, Sequence[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for story in stories:
        for line in story.lines:
            deed = line.deed
            if isinstance(deed, Happens) and deed.properties and _is_plain(deed):
                found.setdefault(deed.event, []).append(dict(deed.properties))
    return {name: tuple(each) for name, each in found.items()}


def _is_plain(deed: Happens) -> bool:
    """Whether it says the same on any day."""
    return not any(isinstance(value, Later) for value in _leaves(deed.properties))


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            for each in value.values():
                yield from _leaves(each)
        case list():
            for each in value:
                yield from _leaves(each)
        case _:
            yield value
