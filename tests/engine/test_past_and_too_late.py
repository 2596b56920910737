"""`if_past` and `expires`, against a walk minute by minute, in zones whose clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.plan import ExitStep, UntilInstant, WaitStep
from dsl.policy import Hours, OnCap
from dsl.values import Duration
from tests.engine.person import Person
from tests.engine.world_builders import email, facts, plan, when, world

IfPast: TypeAlias = Literal["now", "skip", "exit"]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CHANGES = (
    ("Europe/Paris", datetime(2027, 3, 28, 1, tzinfo=UTC)),
    ("Europe/Paris", datetime(2027, 10, 31, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 11, 7, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2027, 6, 1, tzinfo=UTC)),
    ("Pacific/Auckland", datetime(2027, 9, 25, 14, tzinfo=UTC)),
)
"""Zones, with an instant about which their clocks change where they ever do."""

CLOCKS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
MOMENTS = st.tuples(st.sampled_from(CHANGES), st.integers(-36 * 60, 36 * 60))
STEPS = (ExitStep("told", "told"), ExitStep("skipped", "skipped"))


def begun(moment: tuple[tuple[str, datetime], int]) -> tuple[ZoneInfo, datetime]:
    """A zone, and a minute near to where its clocks change."""
    (zone, around), minutes = moment
    return ZoneInfo(zone), around + minutes * MINUTE


def first_minute(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When clocks first show so much, or more where they never do, on a day."""
    instant = datetime.combine(day, time(0), UTC) - DAY
    while (local := instant.astimezone(zone)).date() < day or local.time() < at:
        if local.date() > day:
            break
        instant += MINUTE
    return instant


@settings(max_examples=200, deadline=None)
@given(
    moment=MOMENTS,
    days=st.integers(-2, 2),
    at=CLOCKS,
    if_past=st.sampled_from(("now", "skip", "exit")),
)
def test_an_instant_of_data_is_waited_for_or_past(
    moment: tuple[tuple[str, datetime], int], days: int, at: time, if_past: Literal["now", "skip", "exit"]
) -> None:
    """It is past from a minute after on; what follows begins at the instant, or when the wait did."""
    zone, now = begun(moment)
    day = now.astimezone(zone).date() + timedelta(days=days)
    instant = first_minute(day, at, zone)
    person = Person(facts(zone=zone.key, attributes={"renewal_date": day}), now)
    wait = WaitStep("wait", UntilInstant(when("contact.renewal_date"), at), "skipped", "told", if_past)
    person.enter(plan(wait, *STEPS))
    person.until(now + 5 * DAY)

    missed = now - instant >= MINUTE
    expected = {"now": "told", "skip": "skipped", "exit": "if_past"}[if_past] if missed else "told"
    assert person.ended() == expected
    assert person.runs[1].ended_at == max(now, instant)


@settings(max_examples=200, deadline=None)
@given(
    moment=MOMENTS,
    clocks=st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] < pair[1]),
    days=st.sampled_from((tuple(range(7)), (0, 1, 2, 3, 4), (6,))),
    hours=st.integers(1, 96),
)
def test_a_message_leaves_at_the_next_opening_or_is_too_old_by_then(
    moment: tuple[tuple[str, datetime], int], clocks: tuple[time, time], days: tuple[int, ...], hours: int
) -> None:
    """Said before anything is reserved: nobody waits for an opening that comes too late."""
    zone, now = begun(moment)
    opens, closes = clocks
    a_month = OnCap("delay", Duration(days=30))
    policy = world(hours={"email": Hours(opens, closes, days)}, on_cap=a_month)
    person = Person(facts(policy, zone=zone.key), now)
    person.enter(plan(email("hello", "told", expires=Duration(seconds=hours * 3600)), STEPS[0]))

    opening, last = now, now + timedelta(hours=hours)
    while opening <= last and not is_open(opening.astimezone(zone), opens, closes, days):
        opening += MINUTE
    if opening <= last:
        assert [message.at for message in person.facts.messages] == [opening]
        person.until(last)
        assert [message.at for message in person.sent] == [opening]
    else:
        assert person.facts.messages == ()
        assert person.said("not_sent")[0].data["because"] == "expired"
    assert person.ended() == "told"


def is_open(local: datetime, opens: time, closes: time, days: tuple[int, ...]) -> bool:
    """Whether a clock on the wall shows a time of the hours."""
    return local.weekday() in days and opens <= local.time() < closes
