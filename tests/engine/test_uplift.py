"""The difference of two shares, against published figures and where there is nothing to compare."""

import pytest

from engine.uplift import Uplift, uplift


def test_the_interval_is_the_published_one():
    """Newcombe 1998, table II, example (a) 56/70 against 48/80: 0.2000, 0.0524 to 0.3339."""
    assert uplift(56, 70, 48, 80) == Uplift(20.0, 5.24, 33.39)


def test_few_people_leave_it_open():
    found = uplift(2, 6, 0, 2)
    assert found is not None
    assert not found.is_certain


def test_many_people_settle_it():
    found = uplift(1200, 10_000, 40, 500)
    assert found is not None
    assert found.is_certain


@pytest.mark.parametrize("counts", [(0, 0, 1, 5), (1, 5, 0, 0)])
def test_nobody_on_one_side_is_no_comparison(counts):
    assert uplift(*counts) is None
