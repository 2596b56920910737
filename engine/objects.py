"""Events about an object, which have no contact: which one it is, and of which ones a run waits to hear.

The checker holds each such pattern to an equality of the object's property with something that the run knows
(`about_key` in the plan). Where both are of one simple type their texts are equal when they are, so that an
index finds the runs; any other pattern is asked about every object.
"""

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from dsl import types
from dsl.catalog import Catalog
from dsl.nodes import Field
from dsl.plan import Pattern, Plan, WaitForStep, World
from dsl.remembered import remembered
from dsl.scope import EventFact
from dsl.types import ChoiceOf, Number
from dsl.values import Value
from engine.state import Run

LONGEST = 200
"""Characters of a key that are kept as they are; PostgreSQL's index takes 2,700 bytes."""

TEXTS = (types.TEXT, types.EMAIL, types.PHONE)


def objects_of(plan: Plan, run: Run, world: World) -> tuple[str, ...]:
    """The objects of which a run waits to hear: `event=key`, or the event alone for any object."""
    found = {_listened(pattern, run, world.catalog) for pattern in _about_objects(plan, run.position, world)}
    return tuple(sorted(name for name in found if name))


def names_of(catalog: Catalog, event: EventFact) -> list[str]:
    """By which of these an event about an object is listened to: `event` and `event=key`."""
    declared = catalog.events.get(event.name)
    if declared is None or declared.about is None:
        return []
    key = _text(event.properties.get(declared.about))
    return [event.name] if key is None else [event.name, f"{event.name}={key}"]


@remembered
def _about_objects(plan: Plan, position: str | None, world: World) -> tuple[Pattern, ...]:
    """The patterns of events about an object that may act on a run at a step."""
    events = world.catalog.events
    return tuple(
        each
        for each in _patterns(plan, position)
        if each.event in events and events[each.event].about is not None
    )


def _patterns(plan: Plan, position: str | None) -> Iterator[Pattern]:
    yield from (handler.pattern for handler in plan.handlers)
    yield from (each.pattern for each in plan.exits if each.pattern)
    if plan.goal:
        yield plan.goal.pattern
    step = plan.by_id.get(position or "")
    if isinstance(step, WaitForStep):
        yield from (branch.pattern for branch in step.branches)


def _listened(pattern: Pattern, run: Run, catalog: Catalog) -> str | None:
    """How a run listens to a pattern now; None where what the object must equal is unknown."""
    declared = catalog.events[pattern.event]
    of = declared.properties.field(declared.about or "")
    root = pattern.about_key.root if pattern.about_key else None
    if not isinstance(root, Field) or not (of in TEXTS or isinstance(of, ChoiceOf | Number)):
        return pattern.event
    value = _known(root, run)
    if value is None:
        return None
    text = _text(value) if isinstance(value, Decimal if isinstance(of, Number) else str) else None
    return pattern.event if text is None else f"{pattern.event}={text}"


def _known(field: Field, run: Run) -> Value:
    """What the run itself knows under a name: its key, its variables, its event, its item."""
    roots: Mapping[str, Mapping[str, Any]] = {
        "run": run.named,
        "event": run.trigger_event,
        "item": run.item,
    }
    value: Any = roots.get(field.root)
    for name in field.path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Value) -> str | None:
    """One text for equal values, short enough for an index; None for a value of which that cannot be said."""
    # Added to nought, since `-0` equals `0`.
    text = f"{(value + 0).normalize():f}" if isinstance(value, Decimal) else value
    if not isinstance(text, str):
        return None
    return text if len(text) <= LONGEST else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
