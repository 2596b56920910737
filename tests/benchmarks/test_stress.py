"""The stress test in a small size, and its counter, which must find what is wrong."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.town.brand import Day
from benchmarks.town.count import Sent, in_hours, over, over_at_home
from benchmarks.town.people import Townsman

ROOT = Path(__file__).parents[2]
TINY = "0.0005"
NOON = datetime(2028, 1, 5, 11, tzinfo=UTC)
ADA = Townsman("ada", "Europe/Paris", "FR", "bronze", "+33639980000")
TOLD_APART = (
    "over_a_limit",
    "homes_over_a_limit",
    "out_of_hours",
    "sent_twice",
    "lost_or_doubled_entries",
    "deadlocks",
)


@pytest.mark.timeout(300)
def test_a_small_town_breaks_no_promise() -> None:
    """Workers killed, limits of every form, objections, pauses, publications: nothing may show."""
    command = [sys.executable, "-m", "benchmarks", "stress", "--json", "--scale", TINY]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["figures"]["attempts"] >= 100
    assert {name: told["figures"][name] for name in TOLD_APART} == dict.fromkeys(TOLD_APART, 0)
    assert told["ratio"] == 0, (told["figures"], ended.stderr)


def sent(at: datetime, channel: str = "email", *, who: Townsman = ADA, priority: int = 90) -> Sent:
    """A message that left."""
    row = {"class": "marketing", "channel": channel, "tags": [], "priority": priority}
    return Sent(who, row, at)


@pytest.mark.parametrize(("messages", "found"), [(5, False), (6, True)])
def test_the_counter_finds_a_message_too_many_in_a_day(messages: int, *, found: bool) -> None:
    """Five emails a day are allowed."""
    day = [sent(NOON + timedelta(minutes=minute)) for minute in range(messages)]
    assert bool(over(day, "calendar")) == bool(over(day, "rolling")) == found


@pytest.mark.parametrize(("day", "found"), [("calendar", False), ("rolling", True)])
def test_the_counter_knows_the_days_of_a_person_from_days_of_24_hours(day: Day, *, found: bool) -> None:
    """Three before midnight in Paris, three after it."""
    midnight = NOON.replace(hour=23)
    around = [sent(midnight + timedelta(minutes=minute)) for minute in (-30, -20, -10, 0, 10, 20)]
    assert bool(over(around, day)) == found


def test_the_counter_asks_a_limit_only_of_the_messages_that_it_is_for() -> None:
    """Two in two days for bronze people, below priority 40."""
    low = [sent(NOON + timedelta(hours=hour), priority=20) for hour in range(3)]
    assert over(low, "calendar")
    assert not over([*low[:2], sent(NOON + timedelta(hours=2))], "calendar")


@pytest.mark.parametrize(("day", "room"), [("calendar", 6), ("rolling", 3)])
def test_the_counter_holds_a_home_to_the_days_of_each_who_lives_there(day: Day, room: int) -> None:
    """Nine emails a day. Of six to Bob in Tokyo three are of his next day; the rest is for Ada in Paris."""
    midnight = datetime(2028, 1, 5, 15, tzinfo=UTC)
    bob = replace(ADA, id="bob", zone="Asia/Tokyo", country="JP", home="h")
    to_bob = [sent(midnight + timedelta(minutes=n), who=bob) for n in range(-3, 3)]
    to_ada = [sent(midnight + timedelta(minutes=n), who=replace(ADA, home="h")) for n in range(room + 1)]
    assert not over_at_home([*to_bob, *to_ada[1:]], day)
    assert over_at_home([*to_bob, *to_ada], day)


@pytest.mark.parametrize(
    ("at", "channel", "allowed"),
    [
        ("2028-01-05 05:59", "email", False),
        ("2028-01-05 06:00", "email", True),
        ("2028-01-05 21:00", "email", False),
        ("2028-01-05 08:59", "sms", False),
        ("2028-01-09 11:00", "sms", False),
        ("2028-01-01 11:00", "sms", False),
    ],
)
def test_the_counter_knows_the_hours_of_a_person(at: str, channel: str, *, allowed: bool) -> None:
    """In winter Paris is an hour ahead of UTC; no SMS on a Sunday or on New Year's Day."""
    assert in_hours(sent(datetime.fromisoformat(at).replace(tzinfo=UTC), channel)) == allowed


@pytest.mark.parametrize(("country", "allowed"), [("FR", False), ("JP", True)])
def test_the_counter_knows_where_christmas_is_a_working_day(country: str, *, allowed: bool) -> None:
    """A Saturday at noon in Paris, for somebody whose holidays are those of their own country."""
    christmas = datetime(2027, 12, 25, 11, tzinfo=UTC)
    assert in_hours(sent(christmas, "sms", who=replace(ADA, country=country))) == allowed
