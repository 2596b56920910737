"""What logs say of an exception."""

from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from engine import faults
from engine.logs import without_words

SOMEBODY = "zenobie@example.com"


def logged(error: Exception) -> dict[str, Any]:
    """The line that tells of an exception that was raised here."""
    with pytest.raises(type(error)) as raised:
        raise error
    return dict(without_words(None, "warning", {"event": "a loop begins again", "exc_info": raised.value}))


@pytest.mark.parametrize(
    "error", [psycopg.errors.UniqueViolation(f"({SOMEBODY}) exists"), ValueError(f"no address: {SOMEBODY}")]
)
def test_what_may_quote_a_row_is_told_by_its_kind_and_its_place(error: Exception) -> None:
    told = logged(error)
    assert told["error"] == type(error).__name__
    assert told["place"].startswith("test_logs.py:")
    assert SOMEBODY not in str(told)


@pytest.mark.parametrize(
    "error", [psycopg.OperationalError("port 5432 refused\nDETAIL"), ConnectionError("reset")]
)
def test_what_is_wrong_with_a_connection_is_told_in_its_first_line(error: Exception) -> None:
    assert logged(error)["error"] == f"{type(error).__name__}: {str(error).splitlines()[0]}"


def test_what_went_wrong_with_one_of_many_is_told_by_kind_and_place_whatever_the_log_is_set_to() -> None:
    with pytest.raises(ValueError, match="no address") as raised:
        raise ValueError(f"no address: {SOMEBODY}")
    with capture_logs() as told:
        kind = faults.tell("undecided run", raised.value, run=7)
    (line,) = told
    assert (kind, line["event"], line["run"], line["error"]) == (
        "ValueError",
        "undecided run",
        7,
        "ValueError",
    )
    assert line["place"].startswith("test_logs.py:")
    assert SOMEBODY not in str(told)
