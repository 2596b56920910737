"""Which events of a history a window lets through, by their own `at` and then by order of arrival.

No window looks past now. An anchor or a bound that is unknown makes the window unknown.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from dsl.frozen import dataclass
from dsl.local_time import DAY, add, local_day, midnight
from dsl.nodes import Window
from dsl.scope import EventFact, Mark, Scope
from dsl.semantics.closures import Build
from dsl.values import Duration, Value

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Range:
    """`low` and `high` are instants, both ends in; `after`, where given, lies strictly before every event."""

    low: datetime
    high: datetime
    after: Mark | None = None

    def holds(self, event: EventFact) -> bool:
        """Whether an event lies in the window."""
        if not self.low <= event.at <= self.high:
            return False
        return self.after is None or (event.at, event.seq) > (self.after.at, self.after.seq)


RangeOf = Callable[[Scope, Mapping[str, Value]], Range | None]


def window(node: Window, build: Build) -> RangeOf:
    """The function that gives a window's range for a scope; None where it is unknown."""
    match node.form:
        case "ever":
            return lambda scope, _seen: Range(BEGINNING, scope.now)
        case "last":
            assert node.amount is not None
            amount = node.amount
            return lambda scope, _seen: Range(back(scope, amount), scope.now)
        case "today":
            return lambda scope, _seen: Range(
                midnight(local_day(scope.now, scope.zone), scope.zone), scope.now
            )
        case "since":
            assert node.anchor is not None
            anchor = node.anchor
            return lambda scope, _seen: _since(scope, anchor)
        case "between":
            return _between(node, build)
    raise TypeError(f"no window {node.form!r}")


def back(scope: Scope, amount: Duration) -> datetime:
    """`last`: months by the local calendar, days as 24 hours, whatever the clocks do."""
    try:
        start = add(scope.now, Duration(months=-amount.months), scope.zone)
        return start - timedelta(days=amount.days, seconds=amount.seconds)
    except OverflowError:
        return BEGINNING


def _since(scope: Scope, anchor: str) -> Range | None:
    mark = scope.entry if anchor == "entry" else scope.steps.get(anchor)
    return None if mark is None else Range(mark.at, scope.now, after=mark)


def _between(node: Window, build: Build) -> RangeOf:
    assert node.low is not None
    assert node.high is not None
    low, high = build(node.low), build(node.high)

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Range | None:
        first, last = low(scope, seen), high(scope, seen)
        if first is None or last is None:
            return None
        return Range(_start(first, scope), min(_end(last, scope), scope.now))

    return closure


def _start(bound: date | datetime, scope: Scope) -> datetime:
    return bound if isinstance(bound, datetime) else midnight(bound, scope.zone)


def _end(bound: date | datetime, scope: Scope) -> datetime:
    """An instant itself; the last moment of a local day."""
    if isinstance(bound, datetime):
        return bound
    if bound == date.max:
        return scope.now
    return midnight(bound + DAY, scope.zone) - timedelta(microseconds=1)
