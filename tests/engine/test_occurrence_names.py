"""What occurrences are named by."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dsl.nodes import Field
from dsl.plan import CampaignTrigger, DateTrigger, ScanTrigger
from dsl.policy import Formula
from dsl.values import Duration
from engine.occurrence_names import counts_as, name_of, nominal, occurrence_name

BIRTHDATE = Formula("contact.birthdate", Field("contact", ("birthdate",)))
DAY = date(2027, 2, 15)


@pytest.mark.parametrize(
    ("trigger", "name"),
    [
        (ScanTrigger("day", time(9)), "every; day at 09:00"),
        (ScanTrigger("week", time(9), 0, 7200), "every; week on mon at 09:00"),
        (ScanTrigger("month", time(9), 31), "every; month on 31 at 09:00"),
        (DateTrigger(BIRTHDATE, at=time(9)), "date contact.birthdate; at 09:00"),
        (
            DateTrigger(BIRTHDATE, yearly=True, offset=Duration(days=-7), at=time(9), if_past="enter"),
            "date contact.birthdate; yearly +0 months -7 days at 09:00",
        ),
        (CampaignTrigger(datetime(2027, 2, 15, 9), "enter", 60), "at 2027-02-15 09:00"),  # noqa: DTZ001
    ],
)
def test_a_trigger_is_named_by_when_it_is_due_and_not_by_how_people_enter(trigger, name: str) -> None:
    assert name_of(trigger) == name


def test_an_edited_hour_is_the_same_occurrence_unless_both_stand() -> None:
    nine, ten = ScanTrigger("day", time(9)), ScanTrigger("day", time(10))
    before, after = occurrence_name(nine, DAY), occurrence_name(ten, DAY)
    assert counts_as(after, before, {name_of(ten)})
    assert not counts_as(after, before, {name_of(nine), name_of(ten)})
    assert not counts_as(occurrence_name(ten, date(2027, 2, 16)), before, {name_of(ten)})


def test_an_id_that_somebody_gave_a_call_counts_as_itself_alone() -> None:
    assert counts_as("api/a; b; c", "api/a; b; c", ())
    assert not counts_as("api/a; b; c", "api/a; x; c", ())


@pytest.mark.parametrize(
    ("trigger", "due"),
    [
        (ScanTrigger("week", time(9), 0), 15),
        (ScanTrigger("month", time(9), 15), 15),
        (DateTrigger(BIRTHDATE, at=time(9)), 15),
        (DateTrigger(BIRTHDATE, yearly=True, offset=Duration(days=-7), at=time(9)), 8),
        (CampaignTrigger(datetime(2027, 2, 15, 9)), 15),  # noqa: DTZ001
    ],
)
def test_a_name_tells_when_the_occurrence_was_due(trigger, due: int) -> None:
    at = datetime(2027, 2, due, 8, tzinfo=UTC)
    name = occurrence_name(trigger, DAY)
    assert nominal(name, at + timedelta(hours=3), ZoneInfo("Europe/Paris")) == at


@pytest.mark.parametrize("name", [None, "api/at 2027-02-15 09:00", "1:2345", "at 2027-01-15 09:00"])
def test_of_other_entries_and_of_late_campaigns_the_entry_itself_counts(name: str | None) -> None:
    assert nominal(name, datetime(2027, 2, 15, 8, tzinfo=UTC), ZoneInfo("Europe/Paris")) is None
