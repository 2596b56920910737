"""How a decision is told to people: instants and lists in plain words."""

from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from dsl.policy import ALL_DAYS, Hours

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def at(instant: datetime, zone: str) -> str:
    """An instant as the person's clock and calendar show it: `Tue 16 Feb 2027 at 10:00`."""
    try:
        local = instant.astimezone(ZoneInfo(zone))
    except OverflowError:
        local = instant  # the last night of the calendar, by which other systems mean never
    return f"{local:%a} {local.day} {local:%b %Y} at {local:%H:%M}"


def either(names: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    listed = list(names)
    return " or ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def hours(allowed: Hours) -> str:
    """Hours and days as a refusal names them: `10:00-20:00, Mon-Sat, not on holidays`."""
    end = "24:00" if allowed.end == time.max else f"{allowed.end:%H:%M}"
    said = [f"{allowed.start:%H:%M}-{end}"]
    if allowed.days != ALL_DAYS:
        said.append(_days(allowed.days))
    return ", ".join([*said, *(["not on holidays"] if allowed.skip_holidays else [])])


def _days(days: tuple[int, ...]) -> str:
    names = [WEEKDAYS[day] for day in days]
    in_a_row = len(days) > 1 and days == tuple(range(days[0], days[-1] + 1))
    return f"{names[0]}-{names[-1]}" if in_a_row else " ".join(names)
