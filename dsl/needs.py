"""What expressions look at, so that facts are loaded once: events as far back as windows reach, and names.

Looks through computed attributes and segments, by their definitions of today.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from dsl.catalog import Attribute
from dsl.frozen import dataclass
from dsl.nodes import Expression, Field, History, InSegment, MessageTest, Window
from dsl.plan import Need, World
from dsl.policy import Formula
from dsl.traversal import walk

DAY_SECONDS = 86_400
LONGEST_DAY = DAY_SECONDS + 3_600
"""A local day on which the clocks go back."""
LONGEST_MONTH_DAYS = 31


@dataclass(frozen=True)
class Mentions:
    """Everything that expressions name, through computed attributes and segments."""

    attributes: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()


@dataclass
class _Reader:
    """Walks expressions and the definitions behind their names, each definition once."""

    attributes: Mapping[str, Attribute]
    segments: Mapping[str, Formula]
    seen_attributes: set[str] = field(default_factory=set)
    seen_segments: set[str] = field(default_factory=set)

    def nodes(self, expressions: Iterable[Expression]) -> Iterator[Expression]:
        for expression in expressions:
            for node in walk(expression):
                yield node
                behind = self._definition(node)
                if behind:
                    yield from self.nodes(behind)

    def _definition(self, node: Expression) -> tuple[Expression, ...]:
        match node:
            case Field(root="contact", path=(name, *_)) if name not in self.seen_attributes:
                self.seen_attributes.add(name)
                declared = self.attributes.get(name)
                return (declared.computed,) if declared is not None and declared.computed is not None else ()
            case InSegment(segment=name) if name not in self.seen_segments:
                self.seen_segments.add(name)
                formula = self.segments.get(name)
                return (formula.root,) if formula is not None else ()
        return ()


def nodes_of(expressions: Iterable[Expression], world: World) -> Iterator[Expression]:
    """Every part of resolved expressions and of the definitions behind the names in them, each once."""
    return _Reader(world.catalog.attributes, world.segments).nodes(expressions)


def needs_of(expressions: Iterable[Expression], world: World) -> tuple[Need, ...]:
    """The events that resolved expressions look at, by name, each as far back as any of them reaches.

    Seconds are counted back from now; None is all there is, for `ever`, `since` and fixed dates.
    """
    reach: dict[str, int | None] = {}
    for node in _Reader(world.catalog.attributes, world.segments).nodes(expressions):
        if isinstance(node, History):
            _extend(reach, node.event, seconds_back(node.window))
        elif isinstance(node, MessageTest):
            # `message.sent` says since when the person had to be trackable.
            _extend(reach, "message.sent", None)
            _extend(reach, f"message.{node.function}", None)
    return tuple(Need(event, reach[event]) for event in sorted(reach))


def _extend(reach: dict[str, int | None], event: str, seconds: int | None) -> None:
    known = reach.get(event, 0)
    reach[event] = None if known is None or seconds is None else max(known, seconds)


def seconds_back(window: Window) -> int | None:
    """An upper bound of how far a window reaches back from now; None where there is none."""
    if window.form == "today":
        return LONGEST_DAY
    if window.form != "last" or window.amount is None:
        return None
    amount = window.amount
    # An hour more where months are counted by the calendar: the clocks may have changed in between.
    months = amount.months * LONGEST_MONTH_DAYS * DAY_SECONDS + (3_600 if amount.months else 0)
    return months + amount.days * DAY_SECONDS + amount.seconds


def mentions_of(
    expressions: Iterable[Expression], attributes: Mapping[str, Attribute], segments: Mapping[str, Formula]
) -> Mentions:
    """Every attribute, event and segment that resolved expressions name, directly or through definitions."""
    reader = _Reader(attributes, segments)
    events = {
        node.event if isinstance(node, History) else f"message.{node.function}"
        for node in reader.nodes(expressions)
        if isinstance(node, History | MessageTest)
    }
    return Mentions(frozenset(reader.seen_attributes), frozenset(events), frozenset(reader.seen_segments))
