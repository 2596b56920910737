"""When a wait ends: durations, local times and instants computed from data."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from dsl.evaluate import value_of
from dsl.frozen import dataclass
from dsl.local_time import add, instant_of, local_day, midnight, next_at
from dsl.nodes import History
from dsl.plan import AfterDuration, Moment, UntilInstant, UntilTime
from dsl.policy import Formula
from dsl.scope import Scope
from dsl.traversal import walk as parts

TOLERANCE = timedelta(minutes=1)
"""A local time that is less than this past counts as now."""


@dataclass(frozen=True, slots=True)
class Due:
    """The instant of a moment, None where what it names is unknown; `local`: it is a local time."""

    instant: datetime | None
    local: bool = False

    def is_past(self, at: datetime) -> bool:
        """Whether it lies in the past at an instant; what is unknown does."""
        if self.instant is None:
            return True
        return at - self.instant >= TOLERANCE if self.local else self.instant < at


def due(moment: Moment, scope: Scope, began: datetime) -> Due:
    """When a wait that began at an instant ends, by what is known in `scope`."""
    match moment:
        case AfterDuration(duration=duration, at=at):
            instant = add(began, duration, scope.zone)
            if at is None:
                return Due(instant)
            return Due(instant_of(local_day(instant, scope.zone), at, scope.zone), local=True)
        case UntilTime(at=at, weekday=weekday):
            return Due(next_at(began - TOLERANCE, at, weekday, scope.zone), local=True)
        case UntilInstant(instant=formula, at=at):
            return _from_data(value_of(formula, _standing(formula, scope, began)), at, scope)


def _standing(formula: Formula, scope: Scope, began: datetime) -> Scope:
    """The clock stands where the wait began, so that a moment is the same at every look.

    `anniversary(contact.birthdate)` must not jump a year on because a worker is late. What looks at a history
    goes by now, or it would never see the event that moves it.
    """
    if any(isinstance(part, History) for part in parts(formula.root)):
        return scope
    return replace(scope, now=began)


def _from_data(value: date | datetime | None, at: time | None, scope: Scope) -> Due:
    if value is None:
        return Due(None)
    if isinstance(value, datetime):
        if at is None:
            return Due(value)
        value = local_day(value, scope.zone)
    instant = midnight(value, scope.zone) if at is None else instant_of(value, at, scope.zone)
    return Due(instant, local=True)
