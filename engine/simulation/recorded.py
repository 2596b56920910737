"""How people lived as it was recorded: weeks of some of them, by how long ago they had last done something.

A week of the simulation is a recorded week of somebody who had been as active, events and hours as they
were. So the coming weeks are as busy as the past ones, on the same days of the week, and whoever was quiet
tends to stay quiet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from engine.simulation.draws import draw, how_many
from engine.state import Consent

WEEK = timedelta(days=7)
Activity: TypeAlias = Literal["active", "quiet", "lapsed", "never"]
RECENT, NOT_LONG_AGO = timedelta(days=30), timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that was done, so long after the beginning of a week or of an acquaintance."""

    after: timedelta
    name: str
    properties: Mapping[str, Any]


Week: TypeAlias = tuple[Habit, ...]


@dataclass(frozen=True)
class Joiner:
    """Somebody who came into the base: what was known of them, and what they did from then on.

    `after` is since the beginning of the week in which they came.
    """

    after: timedelta
    given: Mapping[str, Any]
    consents: Mapping[tuple[str, str], Consent]
    habits: Week


@dataclass(frozen=True)
class Recorded:
    """`joins`: how many people come in a week for each one who is in the base."""

    weeks: Mapping[Activity, Sequence[Week]] = field(default_factory=dict)
    joiners: Sequence[Joiner] = ()
    joins: float = 0


def activity(last: datetime | None, now: datetime) -> Activity:
    """How active somebody is who last did something then."""
    if last is None:
        return "never"
    if now - last <= RECENT:
        return "active"
    return "quiet" if now - last <= NOT_LONG_AGO else "lapsed"


def weeks_of(
    begins: datetime, count: int, deeds: Sequence[tuple[datetime, Habit]], last: datetime | None
) -> list[tuple[Activity, Week]]:
    """The recorded weeks of somebody. `deeds` are in order, `last` is what was before `begins`."""
    found = []
    for number in range(count):
        start = begins + number * WEEK
        week = [(at, habit) for at, habit in deeds if start <= at < start + WEEK]
        found.append((activity(last, start), tuple(habit for _, habit in week)))
        last = week[-1][0] if week else last
    return found


def lived(
    recorded: Recorded, seed: int, who: str, last: datetime | None, begins: datetime, days: int
) -> list[tuple[datetime, Habit]]:
    """What somebody does in the days from an instant on, week by week."""
    found: list[tuple[datetime, Habit]] = []
    start = begins
    while start < begins + timedelta(days=days):
        weeks = recorded.weeks.get(activity(last, start), ())
        if weeks:
            week = draw(seed, "week", who, start.isoformat()).choice(weeks)
            found += [(start + habit.after, habit) for habit in week]
            last = found[-1][0] if week else last
        start += WEEK
    return found


def newcomers(
    recorded: Recorded, seed: int, who: str, begins: datetime, days: int
) -> list[tuple[datetime, Joiner]]:
    """The people who come into the base, as many for each one who is in it as was recorded."""
    if not recorded.joiners:
        return []
    random = draw(seed, "brings", who)
    weeks = -(-days // WEEK.days)
    found = []
    for _ in range(how_many(random, recorded.joins * weeks)):
        joiner = random.choice(recorded.joiners)
        found.append((begins + random.randrange(weeks) * WEEK + joiner.after, joiner))
    return [each for each in found if each[0] < begins + timedelta(days=days)]
