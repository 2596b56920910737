"""After a pause the pace comes back along a line."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ramps import Line, allowed_by, share_at, turn_of
from store.pauses import Ramp

NOON = datetime(2027, 2, 15, 12, tzinfo=UTC)


def ramp(seconds: float = 900, share: float = 0.1) -> Ramp:
    return Ramp("scenario", "welcome", NOON, seconds, share)


ramps = st.builds(ramp, st.floats(1, 86_400), st.floats(0.01, 1))


def test_the_pace_rises_from_its_first_share_to_all_of_it() -> None:
    assert share_at(ramp(), 0) == pytest.approx(0.1)
    assert share_at(ramp(), 450) == pytest.approx(0.55)
    assert share_at(ramp(), 900) == share_at(ramp(), 9000) == 1


def test_in_the_first_minute_a_tenth_of_the_pace_leaves_and_a_little_more() -> None:
    assert 600 < allowed_by(ramp(), 60, pace=100) < 900


@given(ramps, st.floats(0, 1e6), st.floats(0.1, 1000))
def test_whoever_comes_at_their_turn_is_just_allowed(each: Ramp, number: float, pace: float) -> None:
    assert allowed_by(each, turn_of(each, number, pace), pace) == pytest.approx(number, rel=1e-6, abs=1e-6)


@given(ramps, st.lists(st.tuples(st.floats(0, 60), st.integers(1, 50)), min_size=1, max_size=30))
def test_no_more_leave_than_the_ramp_allows_however_they_come(
    each: Ramp, comes: list[tuple[float, int]]
) -> None:
    line, now, left = Line(each, 100), 0.0, 0
    for later, count in comes:
        now += later
        at = now + line.wait(count, now)
        line.take(count, now)
        left += count
        assert left <= allowed_by(each, at, 100) + 1e-6


def test_what_was_not_used_while_nobody_came_is_lost() -> None:
    line = Line(ramp(), 100)
    line.take(16, 0)
    assert line.wait(100, 600) > 100 / 100
    assert line.wait(100, 600) < 100 / (100 * share_at(ramp(), 600))


def test_those_who_are_told_to_come_back_are_told_one_behind_the_other_ever_faster() -> None:
    line = Line(ramp(), 100)
    told = [line.promise(100, 0) for _ in range(50)]
    assert told == sorted(told)
    assert told[1] - told[0] > told[-1] - told[-2]
