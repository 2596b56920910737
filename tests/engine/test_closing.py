"""How long a yes of the hours holds, against a walk minute by minute, in zones whose clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.policy import Hours
from engine.hours import Rule
from engine.territory import Territory

MINUTE = timedelta(minutes=1)
CHANGES = (
    ("Europe/Paris", datetime(2027, 3, 28, tzinfo=UTC)),
    ("Europe/Paris", datetime(2027, 10, 31, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 11, 7, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2027, 12, 31, 23, tzinfo=UTC)),
)
CLOCKS = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))


def walk(rule: Rule, start: datetime, end: datetime) -> datetime:
    """The first minute from `start` on that is closed, `end` where there is none."""
    while start < end and rule.allows(start):
        start += MINUTE
    return start


@settings(max_examples=100, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    minutes=st.integers(-36 * 60, 36 * 60),
    clocks=st.tuples(CLOCKS, CLOCKS | st.just(time.max)).filter(lambda pair: pair[0] < pair[1]),
    days=st.sampled_from((tuple(range(7)), (0, 1, 2, 3, 4))),
)
def test_from_the_opening_to_the_closing_every_minute_is_open(
    change: tuple[str, datetime], minutes: int, clocks: tuple[time, time], days: tuple[int, ...]
) -> None:
    """A yes is never given for longer than the hours last; the first opening is what a walk finds."""
    zone, around = change
    rule = Rule(Hours(*clocks, days, skip_holidays=True), ZoneInfo(zone), (Territory("FR"),))
    now = around + minutes * MINUTE
    opening = rule.first(now, now + timedelta(days=8))
    assert opening is not None
    closed = now
    while closed < opening and not rule.allows(closed):
        closed += MINUTE
    assert closed == opening, "something before it was open"
    closes = rule.closes(opening)
    assert opening < closes
    assert walk(rule, opening, closes) == closes


def test_hours_end_where_the_clocks_are_set_back_before_they_begin() -> None:
    """In New York it is half past one twice on that night, and one o'clock in between."""
    rule = Rule(Hours(time(1, 30), time(2), tuple(range(7))), ZoneInfo("America/New_York"))
    assert rule.closes(datetime(2027, 11, 7, 5, 30, tzinfo=UTC)) == datetime(2027, 11, 7, 6, tzinfo=UTC)
    assert rule.closes(datetime(2027, 11, 7, 6, 40, tzinfo=UTC)) == datetime(2027, 11, 7, 7, tzinfo=UTC)
