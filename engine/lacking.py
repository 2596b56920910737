"""What a run lacks that a new version would bring elsewhere: names that are set there for everybody else.

A name that may be unset for those too, who enter with the new version, is its author's to ask about; one that
only the people in flight lack would be a surprise, so that a publication refuses it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dsl.catalog import Catalog
from dsl.nodes import Field
from dsl.plan import (
    ApiTrigger,
    CallStep,
    ChangeTrigger,
    EventTrigger,
    Plan,
    ReachTrigger,
    SetStep,
    Step,
    Trigger,
    WaitForStep,
)
from dsl.plan_parts import formulas
from dsl.traversal import walk
from engine.ahead import targets
from engine.editing import fate

Held = frozenset[str]
"""Names that are surely set: `run.total`, `event.order_id`, `answer.score`'s event as `bound.answer`."""

ROOTS = frozenset({"event", "item", "run", "bound"})
CHANGED = "contact.changed"


def lacking(
    old: Plan, new: Plan, positions: Iterable[str | None], catalog: Catalog, before: Sequence[Plan] = ()
) -> tuple[str, ...]:
    """What may be unset for people who stand at these steps of an old version, in words.

    Empty where all is well, and where the new version takes none of them over. Nobody goes on by the old
    version once the new one is published, so that it is enough to ask of where they stand. `before`: the
    versions from which the old one took people over, the oldest first.
    """
    if new.on_edit == "restart":
        return tuple(f"`{name}`" for name in _lacks_anew((*before, old), new, catalog))
    said: dict[str, None] = {}
    for position in dict.fromkeys(positions):
        if position is not None and fate(old, position, new) == "move":
            said |= dict.fromkeys(_lacks_at((*before, old), new, position, catalog))
    return tuple(said)


def _lacks_anew(versions: Sequence[Plan], new: Plan, catalog: Catalog) -> list[str]:
    started = frozenset.intersection(*(given(each, catalog) for each in versions))
    return sorted(reads(new) & (given(new, catalog) - started))


def _lacks_at(versions: Sequence[Plan], new: Plan, position: str, catalog: Catalog) -> Iterator[str]:
    has = _held_through(versions, catalog).get(position, frozenset())
    usual = held(new, [(new.start, given(new, catalog))])
    moved = held(new, [(position, has)])
    for name in sorted(_reads_anywhere(new) & given(new, catalog) - has):
        yield f"`{_said(name)}`"
    for step in new.steps:
        if step.id in moved:
            for name in sorted(reads(step) & usual.get(step.id, frozenset()) - moved[step.id]):
                yield f"`{_said(name)}`, which step `{step.id}` reads"


def _held_through(versions: Sequence[Plan], catalog: Catalog) -> Mapping[str, Held]:
    """What is surely set at each step of the last of these versions, also for who came from the others."""
    past: list[tuple[Plan, Mapping[str, Held]]] = []
    for plan in versions:
        begins: list[tuple[str | None, Held]] = [(plan.start, given(plan, catalog))]
        for older, has in past:
            if plan.on_edit == "restart":
                begins.append((plan.start, given(older, catalog)))
            begins += [(name, has[name]) for name in has if fate(older, name, plan) == "move"]
        past.append((plan, held(plan, begins)))
    return past[-1][1]


def _said(name: str) -> str:
    return name.removeprefix("bound.")


def given(plan: Plan, catalog: Catalog) -> Held:
    """What whatever starts a run gives it."""
    each = [_given_by(trigger, catalog) for trigger in plan.triggers]
    common = frozenset.intersection(*each) if each else frozenset()
    return common | {"run.key"} if plan.key is not None else common


def _given_by(trigger: Trigger, catalog: Catalog) -> Held:
    match trigger:
        case EventTrigger(pattern=pattern, for_each=for_each):
            item = {"item"} if for_each else set()
            return _properties(pattern.event, catalog) | item
        case ReachTrigger(pattern=pattern):
            return _properties(pattern.event, catalog)
        case ChangeTrigger():
            return _properties(CHANGED, catalog)
        case ApiTrigger(inputs=inputs):
            return frozenset(f"event.{name}" for name, _ in inputs)
    return frozenset()


def _properties(event: str, catalog: Catalog) -> Held:
    declared = catalog.events.get(event)
    return frozenset(f"event.{name}" for name, _ in declared.properties.fields) if declared else frozenset()


def held(plan: Plan, begins: Iterable[tuple[str | None, Held]]) -> Mapping[str, Held]:
    """What is surely set at each step when runs begin at these with that, whatever their way."""
    found: dict[str, Held] = {}
    waiting = deque(begins)
    while waiting:
        name, now = waiting.popleft()
        if name is None:
            continue
        before = found.get(name)
        then = now if before is None else before & now
        if then != before:
            found[name] = then
            waiting.extend((target, then | more) for target, more in ways(plan.by_id[name]))
    return found


def ways(step: Step) -> Iterator[tuple[str | None, Held]]:
    """Where a step leads, and what it surely sets on that way."""
    nothing: Held = frozenset()
    if isinstance(step, WaitForStep):
        ends = [(branch.then, branch.id or step.id) for branch in step.branches]
        ends += [(step.then, step.id)] if step.reply_to else []
        yield from ((target, frozenset({f"bound.{name}"})) for target, name in ends)
        yield from ((target, nothing) for target in (step.then if step.condition else None, step.timeout))
        yield from ((target, nothing) for target in (step.next,) if step.only_if)
        return
    sets = nothing if step.only_if else _sets(step)
    yield from ((target, sets) for target in targets(step))


def _sets(step: Step) -> Held:
    match step:
        case SetStep(assignments=assignments):
            targets_ = (each.target for each in assignments if each.value is not None)
            return frozenset(f"run.{name}" for root, name in targets_ if root == "run")
        case CallStep(save=save, on_error="exit") if save:
            return frozenset({f"run.{save.removeprefix('run.')}"})
    return frozenset()


def reads(part: Any) -> Held:
    """The names that the expressions of a part of a plan read."""
    nodes = (node for formula in formulas(part) for node in walk(formula.root))
    fields = (node for node in nodes if isinstance(node, Field) and node.root in ROOTS)
    return frozenset("item" if each.root == "item" else f"{each.root}.{each.path[0]}" for each in fields)


def _reads_anywhere(plan: Plan) -> Held:
    """What goals, exits and handlers read, at whatever step a run is."""
    return reads((plan.goal, plan.exits, plan.handlers))
