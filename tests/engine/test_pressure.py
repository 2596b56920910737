"""Limits: which instant is free, what fills a window, who gives way."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dsl.local_time import local_day
from dsl.policy import Limit
from engine.pressure import Asked, NoPlace, Place, broken_at, find_place
from engine.state import MessageFact
from tests.engine.world_builders import START, utc

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
ONE_A_DAY = Limit(1, 1)
THREE_A_WEEK = Limit(3, 7)


def message(number, at, *, state="sent", channel="email", tags=(), priority=50, exempt=False) -> MessageFact:
    at = utc(at) if isinstance(at, str) else at
    day = local_day(at, PARIS)
    return MessageFact(
        number, 1, "x", "s", number, channel, "m", "t", "marketing", tags, priority, state, at, day, exempt
    )


def always(after: datetime, until: datetime) -> datetime | None:
    return after if after <= until else None


def place(limits, ledger=(), *, now=START, priority=50, day="calendar", days=3, delay=True, opening=always):
    asked = Asked(tuple(limits), priority, day, PARIS)
    return find_place(
        asked, tuple(ledger), opening, now, now + days * DAY, delay=delay, horizon=now + 370 * DAY
    )


def test_without_limits_it_is_now():
    assert place([]) == Place(START, local_day(START, PARIS))


def test_a_calendar_day_ends_at_the_persons_midnight():
    late = [message(1, "2027-02-15 22:59")]
    assert place([ONE_A_DAY], late).at == utc("2027-02-15 23:00")
    after_midnight = [message(1, "2027-02-14 23:30")]
    assert place([ONE_A_DAY], after_midnight).at == utc("2027-02-15 23:00"), "it was Monday already"


def test_a_calendar_week_is_today_and_the_six_days_before():
    ledger = [message(n, f"2027-02-{day:02} 20:00") for n, day in enumerate((9, 10, 11), start=1)]
    assert place([THREE_A_WEEK], ledger).at == utc("2027-02-15 23:00"), "the first leaves on the 16th"


def test_a_rolling_day_has_24_hours():
    sent = [message(1, "2027-02-15 07:00")]
    assert place([ONE_A_DAY], sent, day="rolling").at == utc("2027-02-16 07:00")


def test_a_refusal_names_the_limit_and_the_very_messages_that_fill_it():
    ledger = [message(7, "2027-02-15 07:00"), message(8, "2027-02-13 07:00", channel="sms")]
    found = place([ONE_A_DAY], ledger, days=0)
    assert isinstance(found, NoPlace)
    assert found.first_no.limit == ONE_A_DAY
    assert found.first_no.evidence == (7,)
    assert found.next_possible == utc("2027-02-15 23:00")


def test_a_place_reserved_for_later_counts_for_the_days_before_it():
    ledger = [
        message(1, "2027-02-12 09:00"),
        message(2, "2027-02-17 09:00", state="reserved"),
        message(3, "2027-02-18 09:00", state="reserved"),
    ]
    # Any day up to the 18th would make four in a week with the 12th, 17th and 18th.
    found = place([THREE_A_WEEK], ledger, days=10)
    assert found.at == utc("2027-02-18 23:00")
    assert found.first_no.evidence == (1, 2, 3)


def test_a_place_between_two_others_is_found():
    ledger = [message(1, "2027-02-15 08:00"), message(2, "2027-02-17 09:00", state="reserved")]
    assert place([ONE_A_DAY], ledger).at == utc("2027-02-15 23:00")


def test_only_messages_of_its_channel_or_tag_are_counted():
    ledger = [message(1, "2027-02-15 08:00", channel="sms"), message(2, "2027-02-15 08:00", tags=("nps",))]
    assert place([Limit(1, 7, channel="email")], ledger[:1]).at == START
    assert place([Limit(1, 21, tag="nps")], ledger[:1]).at == START
    assert isinstance(place([Limit(1, 21, tag="nps")], ledger), NoPlace)


def test_what_was_released_refused_withheld_or_exempt_takes_no_place():
    states = ("released", "refused", "withheld")
    ledger = [message(n, "2027-02-15 08:00", state=state) for n, state in enumerate(states)]
    assert place([ONE_A_DAY], [*ledger, message(9, "2027-02-15 08:00", exempt=True)]).at == START


def test_what_was_handed_over_takes_its_place_whatever_is_known_of_it():
    for state in ("reserved", "attempted", "sent", "delivered", "unknown"):
        assert place([ONE_A_DAY], [message(1, "2027-02-15 08:00", state=state)]).at > START, state


def test_without_delay_the_first_opening_alone_is_asked():
    sent = [message(1, "2027-02-15 07:00")]
    found = place([ONE_A_DAY], sent, delay=False, days=370)
    assert isinstance(found, NoPlace)
    assert found.next_possible == utc("2027-02-15 23:00")

    def tomorrow(after, until):
        return max(after, utc("2027-02-16 07:00"))

    assert place([ONE_A_DAY], sent, delay=False, days=370, opening=tomorrow).at == utc("2027-02-16 07:00")


def test_no_opening_in_time_is_no_limits_fault():
    found = place([ONE_A_DAY], opening=lambda after, until: max(after, START + 5 * DAY))
    assert found == NoPlace(None, START + 5 * DAY)


def test_a_limit_of_none_at_all_is_full_for_ever():
    found = place([Limit(0, 1)])
    assert isinstance(found, NoPlace)
    assert found.next_possible is None


def test_a_place_reserved_for_later_gives_way_to_a_higher_priority():
    ledger = [
        message(1, "2027-02-15 07:00"),
        message(2, "2027-02-16 09:00", state="reserved", priority=40),
    ]
    assert place([ONE_A_DAY], ledger, priority=60) == Place(
        utc("2027-02-15 23:00"),
        local_day(utc("2027-02-16 09:00"), PARIS),
        displaces=(2,),
        first_no=broken_at(Asked((ONE_A_DAY,), 60, "calendar", PARIS), ledger, START),
    )


def test_at_equal_priority_the_first_stays():
    ledger = [message(1, "2027-02-15 07:00"), message(2, "2027-02-16 09:00", state="reserved", priority=60)]
    found = place([ONE_A_DAY], ledger, priority=60)
    assert found.at == utc("2027-02-16 23:00")
    assert found.displaces == ()


def test_what_is_due_or_handed_over_is_never_displaced():
    due = [message(1, START, state="reserved", priority=1)]
    assert place([ONE_A_DAY], due, priority=99).at == utc("2027-02-15 23:00")
    attempted = [message(1, "2027-02-15 10:00", state="attempted", priority=1)]
    assert place([ONE_A_DAY], attempted, priority=99).displaces == ()


def test_no_more_give_way_than_must_and_the_weakest_first():
    ledger = [
        message(1, "2027-02-16 09:00", state="reserved", priority=30),
        message(2, "2027-02-17 09:00", state="reserved", priority=20),
        message(3, "2027-02-18 09:00", state="reserved", priority=10, channel="sms"),
    ]
    assert place([THREE_A_WEEK], ledger, priority=60).displaces == (3,)
    only_email = Limit(2, 7, channel="email")
    assert place([THREE_A_WEEK, only_email], ledger, priority=60).displaces == (2,), (
        "one that helps both limits"
    )
