"""When a channel may reach a person: hours, days of the week and public holidays, in local time.

The policy's hours are in the person's zone; the message's own, in the scenario's zone where it has one, can
only narrow them: every rule must hold. Where the country is unknown, the strictest of the brand's holds.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dsl.frozen import dataclass
from dsl.local_time import instant_of, local_clock, local_day, midnight
from dsl.plan import Candidate, Plan
from dsl.policy import Hours
from engine.state import Facts
from engine.territory import Territory, holidays_of, territories_for, zones_of

DAY = timedelta(days=1)
LOOKED_AHEAD = timedelta(days=370)
"""How far the next opening is searched: a day of the week that is not a holiday comes within a year."""


@dataclass(frozen=True)
class Rule:
    """Hours read on one clock, with the places whose holidays they skip."""

    hours: Hours
    zone: ZoneInfo
    territories: tuple[Territory, ...] = ()

    def allows_day(self, day: date) -> bool:
        """Whether anything may be sent on a local day."""
        if day.weekday() not in self.hours.days:
            return False
        if not self.hours.skip_holidays:
            return True
        return not any(day in holidays_of(territory, day.year) for territory in self.territories)

    def allows(self, instant: datetime) -> bool:
        """Whether an instant lies in the hours of an allowed day."""
        return self.allows_day(local_day(instant, self.zone)) and self._within(instant)

    def closes(self, instant: datetime) -> datetime:
        """When what is open at an instant closes: the first instant out of these hours, or midnight.

        Where clocks are set back, the end comes twice, and the clock may fall before the hours begin.
        """
        day = local_day(instant, self.zone)
        end = midnight(day + DAY, self.zone)
        ends = set() if self.hours.end == time.max else {instant_of(day, self.hours.end, self.zone)}
        back = _set_back(instant, end, self.zone)
        if back:
            ends |= {back, *(each + _length(back, self.zone) for each in ends)}
        closed = (each for each in sorted(ends) if each > instant and not self.allows(each))
        return min(next(closed, end), end)

    def _within(self, instant: datetime) -> bool:
        clock = local_clock(instant, self.zone)
        return self.hours.start <= clock and (clock < self.hours.end or self.hours.end == time.max)

    def first(self, after: datetime, until: datetime) -> datetime | None:
        """The first allowed instant from `after` to `until`, both included; None where there is none."""
        if after > until:
            return None
        if self.allows(after):
            return after
        day = local_day(after, self.zone)
        last = local_day(until, self.zone)
        while day <= last:
            # An opening that the clocks skip moves on, perhaps past the closing.
            openings = (each for each in self._openings(day) if after <= each <= until)
            found = next((each for each in openings if self.allows(each)), None)
            if found is not None:
                return found
            day += DAY
        return None

    def _openings(self, day: date) -> list[datetime]:
        """When it may open: where clocks are set back, the start comes twice, or they fall into the hours."""
        opening = instant_of(day, self.hours.start, self.zone)
        back = _set_back(midnight(day, self.zone), midnight(day + DAY, self.zone), self.zone)
        return sorted({opening, back, opening + _length(back, self.zone)}) if back else [opening]


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _length(back: datetime, zone: ZoneInfo) -> timedelta:
    """By how much clocks are set back at an instant."""
    return _offset(back - datetime.resolution, zone) - _offset(back, zone)


def _set_back(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """When clocks are set back between two instants of a day; None where they are not."""
    before = _offset(start, zone)
    if _offset(end, zone) >= before:
        return None
    while end - start > datetime.resolution:
        middle = start + (end - start) / 2
        start, end = (middle, end) if _offset(middle, zone) == before else (start, middle)
    return end


def rules_for(plan: Plan, candidate: Candidate, facts: Facts) -> tuple[Rule, ...]:
    """All the rules that a message must keep. A transactional one keeps only its own hours."""
    territories = territories_for(facts.world, facts.attributes)
    rules: list[Rule] = []
    policy = facts.world.policy
    general = policy.hours.get(candidate.channel)
    if general and candidate.message_class != "transactional":
        zones = zones_of(facts.attributes, facts.zone, policy)
        rules += [Rule(general, ZoneInfo(zone), territories) for zone in zones]
    if candidate.hours:
        rules.append(Rule(candidate.hours, ZoneInfo(plan.zone or facts.zone), territories))
    return tuple(rules)


def are_open(rules: Sequence[Rule], instant: datetime) -> bool:
    """Whether every rule allows an instant."""
    return all(rule.allows(instant) for rule in rules)


def first_open(rules: Sequence[Rule], after: datetime, until: datetime) -> datetime | None:
    """The first instant from `after` to `until` that every rule allows; None where there is none."""
    found: datetime | None = after
    while found is not None:
        start = found
        for rule in rules:
            found = rule.first(found, until) if found else None
        if found == start:
            return found
    return None
