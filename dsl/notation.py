"""How durations, times, days, shares and moments are written outside expressions.

Each function reads one notation and raises ValueError whose message says what it should look like.
"""

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Literal

from dsl.literals import LONGEST_SECONDS
from dsl.policy import ALL_DAYS, OnCap, OnCapAction
from dsl.values import Duration, Money

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LATEST_DAY_OF_MONTH = 31

UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
_DURATION = re.compile(rf"(-?)([0-9]{{1,6}}) +({'|'.join(UNITS)})s?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_HOURS = re.compile(r"([0-9]{2}:[0-9]{2}) ?- ?([0-9]{2}:[0-9]{2})")
_EVERY = re.compile(r"(day|week|month)(?: on (\w+))? at ([0-9]{2}:[0-9]{2})")
_PRICE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) +([A-Z]{3})")
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%")


def duration(text: str, *, signed: bool = False) -> Duration:
    """`3 days`, `72 hours`; with `signed` also `-7 days`. Years are 12 months, weeks 7 days.

    At most 200 years, as in expressions: what lies further ahead may be outside of the calendar.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or (match[1] and not signed):
        raise ValueError("a duration is written like `3 days` or `2 hours`")
    found = _of_unit(int(match[1] + match[2]), match[3])
    if abs(found.exact_seconds) > LONGEST_SECONDS:
        raise ValueError("a duration is at most 200 years")
    return found


def _of_unit(amount: int, unit: str) -> Duration:
    if unit in _SECONDS:
        return Duration(seconds=amount * _SECONDS[unit])
    if unit in ("month", "year"):
        return Duration(months=amount * (12 if unit == "year" else 1))
    return Duration(days=amount * (7 if unit == "week" else 1))


def price(text: str) -> Money:
    """`0.055 EUR`."""
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise ValueError("a price is written like `0.055 EUR`")
    return Money(Decimal(match[1]), match[2])


def time_of_day(text: str) -> time:
    """`09:00`."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("a time is written like `09:00`, from 00:00 to 23:59")
    return time(int(match[1]), int(match[2]))


def local_instant(text: str) -> datetime:
    """`2026-12-01 10:00`, without zone."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - each person's zone
    except ValueError:
        raise ValueError("a local instant is written like `2026-12-01 10:00`") from None


def hours_range(text: str) -> tuple[time, time]:
    """`10:00-20:00`; the end may be 24:00, which is `time.max`."""
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        raise ValueError('hours are written like "10:00-20:00"')
    start = time_of_day(match[1])
    end = time.max if match[2] == "24:00" else time_of_day(match[2])
    if end <= start:
        raise ValueError("the hours must end after they begin, on the same day")
    return start, end


def weekday(text: str) -> int:
    """`mon` is 0."""
    if text not in WEEKDAYS:
        raise ValueError(f"a day of the week is one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(text)


def weekdays(text: str) -> tuple[int, ...]:
    """`mon-fri`, `sat`; a range may run over the end of the week."""
    first, _, last = text.strip().partition("-")
    start = weekday(first.strip())
    end = weekday(last.strip()) if last else start
    if start <= end:
        return tuple(range(start, end + 1))
    return tuple(day for day in ALL_DAYS if day >= start or day <= end)


def every(text: str) -> tuple[Literal["day", "week", "month"], int | None, time]:
    """`day at 09:00`, `week on mon at 09:00`, `month on 1 at 09:00`."""
    shape = "`every` is written `day at 09:00`, `week on mon at 09:00` or `month on 1 at 09:00`"
    match = _EVERY.fullmatch(text.strip())
    if match is None:
        raise ValueError(shape)
    at = time_of_day(match[3])
    if match[1] == "day" and match[2] is None:
        return "day", None, at
    if match[1] == "week" and match[2] is not None:
        return "week", weekday(match[2]), at
    if match[1] == "month" and match[2] is not None and match[2].isdecimal():
        day = int(match[2])
        if 1 <= day <= LATEST_DAY_OF_MONTH:
            return "month", day, at
    raise ValueError(shape)


def share(text: str) -> Decimal:
    """`5%` as a part of 1."""
    match = _SHARE.fullmatch(text.strip())
    if match is None or Decimal(match[1]) > 100:  # noqa: PLR2004 - per cent
        raise ValueError("a share is written like `5%`, from 0% to 100%")
    return Decimal(match[1]) / 100


def on_cap(text: str) -> OnCap:
    """`delay up to 3 days`, `drop`, `next`, `exit`."""
    text = text.strip()
    if text.startswith("delay up to "):
        return OnCap("delay", duration(text.removeprefix("delay up to ")))
    actions: dict[str, OnCapAction] = {"drop": "drop", "next": "next", "exit": "exit"}
    if text not in actions:
        raise ValueError("`on_cap` is `delay up to 3 days`, `drop`, `next` or `exit`")
    return OnCap(actions[text])


def whole_number(text: str) -> int:
    """`60`, `-1`."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValueError("a whole number is due")
    return int(text)


def decimal(text: str) -> Decimal:
    """`3.5`."""
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", text):
        raise ValueError("a number is due, like `3` or `3.5`")
    return Decimal(text)


def boolean(text: str) -> bool:
    """`true` and `false`, as YAML 1.2 has it; `yes` and `on` are text."""
    if text not in ("true", "false"):
        raise ValueError("`true` or `false` is due")
    return text == "true"
