"""Which events can act on a run as it is now, so that the router wakes it for no other."""

from dsl.plan import MessageStep, Plan, Step, UntilInstant, WaitForStep, WaitStep, World
from dsl.policy import Formula
from dsl.remembered import remembered
from engine.ahead import messages_from
from engine.moving import REPLIED
from engine.naming import BLOCKING_EVENTS, definitions, named
from engine.objects import objects_of
from engine.state import Run

OWN = frozenset({"message.sent"})
"""What a run at a message waits for."""


def listening(plan: Plan, run: Run, world: World) -> Run:
    """A run that listens to what can act on it where it is."""
    return run.changed(listens_to=listens_to(plan, run, world), objects=objects_of(plan, run, world))


def listens_to(plan: Plan, run: Run, world: World) -> tuple[str, ...]:
    """Names in order: of handlers, goal, exits, what conditions name, and the step that the run is at."""
    return _listened_to(plan, run.position, world)


@remembered
def ever_listened_to(plan: Plan, world: World) -> frozenset[str]:
    """Every event name that can act on a run of the plan, wherever it is.

    That its message left is told to a run by whoever settles the message, and not by the event.
    """
    names = set(_listened_to(plan, None, world))
    for step in plan.steps:
        told = OWN if isinstance(step, MessageStep) else frozenset[str]()
        names |= set(_listened_to(plan, step.id, world)) - told
    return frozenset(names)


@remembered
def _listened_to(plan: Plan, position: str | None, world: World) -> tuple[str, ...]:
    names = set(plan.listens_to)
    conditions = [each.condition for each in plan.exits if each.condition]
    step = plan.by_id.get(position or "")
    if step is not None:
        conditions += _formulas(step)
        names |= _of_step(step)
    for formula in conditions:
        # As of today, for routers of an earlier release; and by definition, for what it names tomorrow.
        names |= named(formula.root, world).listens_to() | definitions(formula.root, world)
    if messages_from(plan, position):
        names |= BLOCKING_EVENTS
    return tuple(sorted(names))


def _formulas(step: Step) -> list[Formula]:
    """The formulas whose value decides how long the run stays at a step."""
    moment = step.until if isinstance(step, WaitStep) else None
    if isinstance(step, WaitForStep):
        moment = step.up_to
    found = [moment.instant] if isinstance(moment, UntilInstant) and moment.names_data else []
    if isinstance(step, WaitForStep) and step.condition:
        found.append(step.condition)
    return found


def _of_step(step: Step) -> frozenset[str]:
    match step:
        case WaitForStep(branches=branches, reply_to=reply_to):
            events = frozenset(branch.pattern.event for branch in branches)
            return events | {REPLIED} if reply_to else events
        case MessageStep():
            return OWN
    return frozenset()
