"""Questions about a person's events, and about the messages of this run.

Sum and count of nothing are 0, the rest of nothing is unknown. Opens and clicks only exist for people who
may be tracked: whatever looks at them is unknown for a person who could not be tracked over the whole window,
so that nobody is taken for inactive because of a refusal.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from dsl import types
from dsl.catalog import TRACKED_EVENTS
from dsl.nodes import CanReceive, CanTrack, History, MessageTest
from dsl.scope import EventFact, Scope
from dsl.semantics.arithmetic import EXACT, quotient
from dsl.semantics.closures import Build, Closure
from dsl.semantics.comparison import OPERATORS, aligned
from dsl.semantics.lookups import walked
from dsl.semantics.windows import BEGINNING, Range, window
from dsl.values import Money, Value

AT = ("at",)
TRACKED_TESTS: dict[str, Literal["opens", "clicks"]] = {"opened": "opens", "clicked": "clicks"}


def history(node: History, build: Build) -> Closure:
    """`did`, `count`, `sum`, `avg`, `min`, `max`, `first`, `latest`."""
    range_of = window(node.window, build)
    where = build(node.where) if node.where is not None else None
    answer = ANSWERS[node.function]
    tracked = TRACKED_EVENTS.get(node.event)

    def events_in(scope: Scope, within: Range) -> Iterator[EventFact]:
        for event in scope.history(node.event):
            if within.holds(event) and (where is None or where(scope, event.properties) is True):
                yield event

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        within = range_of(scope, seen)
        if within is None or (tracked and not tracked_over(scope, tracked, within)):
            return None
        return answer(node, events_in(scope, within), scope)

    return closure


def tracked_over(scope: Scope, what: Literal["opens", "clicks"], within: Range) -> bool:
    """Whether opens or clicks were seen over a whole range. Before a person was created there were none."""
    since = scope.tracked_since.get(what)
    if since is None:
        return False
    created = scope.attributes.get("created_at") or BEGINNING
    return bool(since <= max(within.low, created))


def read(event: EventFact, path: tuple[str, ...]) -> Value:
    """A property of an event; `at` is its instant, no path all it has."""
    if path == AT:
        return event.at
    if not path:
        return {**event.properties, "at": event.at}
    return walked(event.properties, path)


def _did(_node: History, events: Iterator[EventFact], _scope: Scope) -> Value:
    return next(events, None) is not None


def _count(_node: History, events: Iterator[EventFact], _scope: Scope) -> Value:
    return Decimal(sum(1 for _ in events))


def _values(node: History, events: Iterator[EventFact]) -> list[Any]:
    """What is known of the property, over the events."""
    return [value for event in events if (value := read(event, node.path)) is not None]


def _total(values: list[Any]) -> Value:
    """The sum of one or more numbers or amounts; unknown over two currencies."""
    if not isinstance(values[0], Money):
        return _added(values)
    if len({value.currency for value in values}) > 1:
        return None
    return Money(_added([value.amount for value in values]), values[0].currency)


def _added(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total


def _sum(node: History, events: Iterator[EventFact], scope: Scope) -> Value:
    values = _values(node, events)
    return _total(values) if values else _nothing(node, scope)


def _nothing(node: History, scope: Scope) -> Value:
    event = scope.world.catalog.events.get(node.event)
    if event and len(node.path) == 1 and event.properties.field(node.path[0]) == types.MONEY:
        return Money(Decimal(0), scope.world.catalog.brand.currency)
    return Decimal(0)


def _avg(node: History, events: Iterator[EventFact], _scope: Scope) -> Value:
    values = _values(node, events)
    total = _total(values) if values else None
    if isinstance(total, Money):
        mean = quotient(total.amount, Decimal(len(values)))
        return None if mean is None else Money(mean, total.currency)
    return None if total is None else quotient(total, Decimal(len(values)))


def _extreme(node: History, events: Iterator[EventFact], scope: Scope) -> Value:
    values = _values(node, events)
    return extreme(values, "<" if node.function == "min" else ">", scope) if values else None


def extreme(values: list[Any], op: Literal["<", ">"], scope: Scope) -> Value:
    """The smallest or largest of one or more known values; unknown where they do not compare."""
    best = values[0]
    for value in values[1:]:
        pair = aligned(value, best, scope)
        if pair is None:
            return None
        best = value if OPERATORS[op](pair[0], pair[1]) else best
    return best


def _pick(node: History, events: Iterator[EventFact], _scope: Scope) -> Value:
    best = min if node.function == "first" else max
    event = best(events, key=lambda event: (event.at, event.seq), default=None)
    return None if event is None else read(event, node.path)


ANSWERS: dict[str, Callable[[History, Iterator[EventFact], Scope], Value]] = {
    "did": _did,
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme,
    "max": _extreme,
    "first": _pick,
    "latest": _pick,
}


def message_test(node: MessageTest, _build: Build) -> Closure:
    """`sent(hello)`, `clicked(hello, "keep_me")`: over the message events of a step of this run."""
    name, tracked = f"message.{node.function}", TRACKED_TESTS.get(node.function)

    def closure(scope: Scope, _seen: Mapping[str, Value]) -> Value:
        events = scope.message_events(node.step)
        if tracked and not _tracked_since_sent(scope, tracked, events):
            return None
        return any(
            event.name == name and (node.link is None or event.properties.get("link") == node.link)
            for event in events
        )

    return closure


def _tracked_since_sent(scope: Scope, what: Literal["opens", "clicks"], events: Any) -> bool:
    """Whether the person may be tracked, and could be when the first message of the step left."""
    since = scope.tracked_since.get(what)
    sent: list[datetime] = [event.at for event in events if event.name == "message.sent"]
    return since is not None and all(since <= at for at in sent)


def can_receive(node: CanReceive, _build: Build) -> Closure:
    """`can_receive(email, newsletter)`."""
    return lambda scope, _seen: scope.can_receive(node.channel, node.topic)


def can_track(node: CanTrack, _build: Build) -> Closure:
    """`can_track(opens)`: as of now."""
    return lambda scope, _seen: node.what in scope.tracked_since
