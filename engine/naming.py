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
