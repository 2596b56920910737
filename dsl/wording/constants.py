"""Plain values as people say them: durations, dates, times, amounts."""

from datetime import date, datetime, time
from decimal import Decimal

from dsl.types import Simple, Type
from dsl.values import Duration, Money, Value
from dsl.wording.speech import listed, quoted

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
MONTHS_A_YEAR, DAYS_A_WEEK = 12, 7
SECONDS = (("hour", 3600), ("minute", 60), ("second", 1))


def constant(value: Value, beside: Type | None = None, currency: str = "") -> str:
    """A value as it is said; a number beside an amount of money gets the brand's currency."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return number(value) + (f" {currency}" if beside == Simple("money") else "")
        case Money(amount=amount, currency=code):
            return f"{number(amount)} {code}"
        case Duration():
            return duration(value)
        case datetime():
            return f"{day(value)} at {value:%H:%M} UTC"
        case date():
            return day(value)
        case time():
            return clock(value)
    return quoted(str(value))


def number(value: Decimal) -> str:
    """`1500`, `0.5`: the digits that were written, without an exponent."""
    return f"{value:f}"


def duration(value: Duration) -> str:
    """`3 days`, `1 year and 6 months`, `72 hours`; the sign is dropped."""
    years, months = divmod(abs(value.months), MONTHS_A_YEAR)
    parts = [(years, "year"), (months, "month"), (abs(value.days), "day")]
    left = abs(value.seconds)
    for unit, seconds in SECONDS:
        amount, left = divmod(left, seconds)
        parts.append((amount, unit))
    said = [f"{amount} {unit}{'s' if amount > 1 else ''}" for amount, unit in parts if amount]
    return listed(said) or "no time"


def is_before(value: Duration) -> bool:
    """Whether an offset leads back."""
    return value.exact_seconds < 0


def day(value: date) -> str:
    """`25 December 2026`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def clock(value: time) -> str:
    """`09:00`; the end of the day is 24:00."""
    return "24:00" if value == time.max else f"{value:%H:%M}"


def days_of_week(days: tuple[int, ...]) -> str:
    """`Monday to Saturday`, `Monday and Thursday`; nothing for every day."""
    if len(days) == DAYS_A_WEEK:
        return ""
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):  # noqa: PLR2004 - "to" spans three
        return f"{WEEKDAYS[days[0]]} to {WEEKDAYS[days[-1]]}"
    return listed(WEEKDAYS[each] for each in days)


def percent(share: Decimal) -> str:
    """A part of 1 as a percentage: `5`, `33.3`."""
    said = f"{share * 100:f}"
    return said.rstrip("0").rstrip(".") if "." in said else said
