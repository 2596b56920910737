"""What a condition names: the events and attributes whose change can change its answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from dsl.catalog import TRACKED_EVENTS
from dsl.nodes import CanReceive, CanTrack, Expression, Field, History, InSegment, MessageTest
from dsl.plan import World
from dsl.remembered import remembered
from dsl.scope import EventFact
from dsl.traversal import walk as parts

CHANGED = "contact.changed"
CONSENT_EVENTS = frozenset({"consent.granted", "consent.withdrawn", "consent.confirmed"})
BLOCKING_EVENTS = frozenset({"consent.withdrawn", "message.bounced", "message.complained"})
"""Events after which a person may no longer be reachable."""


@dataclass(frozen=True)
class Named:
    """Names of events, and of attributes. `run`: it names variables of the run."""

    events: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    run: bool = False

    def listens_to(self) -> frozenset[str]:
        """Names of the events after which the answer may be another."""
        return self.events | {CHANGED} if self.attributes else self.events

    def concerns(self, event: EventFact) -> bool:
        """Whether an event may change the answer."""
        if event.name == CHANGED and self.attributes:
            attribute = event.properties.get("attribute")
            return attribute is None or attribute in self.attributes or CHANGED in self.events
        return event.name in self.events


SEGMENT, COMPUTED = "segment:", "computed:"
"""What stands before the name of a definition where a run listens to whatever that names."""


def definitions(expression: Expression, world: World) -> frozenset[str]:
    """The segments and computed attributes that an expression names itself, as a run listens to them."""
    return frozenset(each for part in parts(expression) if (each := _definition(part, world)))


def _definition(part: Expression, world: World) -> str | None:
    match part:
        case InSegment(segment=segment):
            return SEGMENT + segment
        case Field(root="contact", path=(attribute, *_)):
            declared = world.catalog.attributes.get(attribute)
            return COMPUTED + attribute if declared and declared.computed else None
    return None


@remembered
def heard_as(event: str, world: World) -> tuple[str, ...]:
    """By which names runs listen to an event: its own, and those of the definitions of today that name it.

    So a run hears of what a segment names today, whatever it named when the run began to wait.
    """
    segments = {SEGMENT + name: formula.root for name, formula in world.segments.items()}
    attributes = world.catalog.attributes.items()
    computed = {COMPUTED + name: each.computed for name, each in attributes if each.computed}
    asked = (segments | computed).items()
    return (event, *(name for name, root in asked if event in named(root, world).listens_to()))


@remembered
def named(expression: Expression, world: World) -> Named:
    """What an expression names, through the definitions of today's segments and computed attributes."""
    return _union(_named(part, world) for part in parts(expression))


def _named(part: Expression, world: World) -> Named:
    match part:
        case Field(root="contact", path=(attribute, *_)):
            declared = world.catalog.attributes.get(attribute)
            if declared and declared.computed:
                return named(declared.computed, world)
            return Named(attributes=frozenset({attribute}))
        case Field(root="run"):
            return Named(run=True)
        case InSegment(segment=segment):
            definition = world.segments.get(segment)
            return named(definition.root, world) if definition else Named()
        case History(event=event):
            return Named(frozenset({event}) | (CONSENT_EVENTS if event in TRACKED_EVENTS else frozenset()))
        case MessageTest(function=function):
            return Named(frozenset({f"message.{function}"}))
        case CanReceive() | CanTrack():
            return Named(CONSENT_EVENTS | BLOCKING_EVENTS)
    return Named()


def _union(all_: Iterable[Named]) -> Named:
    listed = list(all_)
    return Named(
        frozenset().union(*(each.events for each in listed)),
        frozenset().union(*(each.attributes for each in listed)),
        any(each.run for each in listed),
    )
