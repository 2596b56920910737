"""Questions about a person's events: windows, sums, who may be tracked, the messages of a run."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.evaluate import evaluate
from dsl.local_time import local_day
from dsl.nodes import Constant, History, Window
from dsl.scope import EventFact, Mark, Scope
from dsl.values import Duration, Money
from tests.dsl.vocabulary import NOW, PARIS, ask, scope

DAY = timedelta(days=1)


def order(
    at: datetime, total: float | None = 10, seq: int = 0, currency: str = "EUR", **more: object
) -> EventFact:
    amount = None if total is None else Money(Decimal(str(total)), currency)
    return EventFact(seq, "order.placed", at, {"total": amount, **more})


# Windows against a naive model

INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given
ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu"]).map(ZoneInfo)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Scope, list[EventFact]]:
    """A person's orders around some instants that windows begin and end at."""
    now = draw(INSTANTS)
    entry = draw(st.builds(lambda back: now - back, st.timedeltas(timedelta(0), timedelta(days=40))))
    edges = [now, entry, now - 30 * DAY, now + DAY]
    near = st.builds(lambda edge, off: edge + off, st.sampled_from(edges), st.timedeltas(-2 * DAY, 2 * DAY))
    ats = draw(st.lists(st.sampled_from(edges) | near, max_size=8))
    events = [order(at, seq=seq) for seq, at in enumerate(draw(st.permutations(ats)), start=1)]
    mark = Mark(entry, draw(st.integers(0, 5)))
    zone = draw(ZONES)
    return scope(tuple(events), now=now, zone=zone, entry=mark, steps={"pause": mark}), events


def _count(window: Window, facts: Scope) -> object:
    return evaluate(History("count", "order.placed", (), None, window), facts)


@given(histories(), st.integers(0, 60))
def test_last_n_days_are_so_many_times_24_hours(history: tuple[Scope, list[EventFact]], days: int) -> None:
    """Both ends in, whatever the clocks do, and nothing after now."""
    facts, events = history
    expected = sum(facts.now - days * DAY <= event.at <= facts.now for event in events)
    assert _count(Window("last", amount=Duration(days=days)), facts) == expected
    assert _count(Window("last", amount=Duration(seconds=days * 86_400)), facts) == expected


@given(histories(), st.sampled_from(["entry", "pause"]))
def test_since_begins_strictly_after_its_mark(history: tuple[Scope, list[EventFact]], anchor: str) -> None:
    """In the order of `at` and then of arrival."""
    facts, events = history
    assert facts.entry is not None
    mark = (facts.entry.at, facts.entry.seq)
    expected = sum((event.at, event.seq) > mark and event.at <= facts.now for event in events)
    assert _count(Window("since", anchor=anchor), facts) == expected


@given(histories())
def test_today_is_the_local_day_so_far(history: tuple[Scope, list[EventFact]]) -> None:
    """Of the person."""
    facts, events = history
    today = local_day(facts.now, facts.zone)
    expected = sum(local_day(event.at, facts.zone) == today and event.at <= facts.now for event in events)
    assert _count(Window("today"), facts) == expected


@given(histories(), st.dates(date(2025, 1, 1), date(2027, 6, 1)), st.integers(-3, 60))
def test_between_dates_are_whole_local_days(
    history: tuple[Scope, list[EventFact]], low: date, length: int
) -> None:
    """The first and the last day too."""
    facts, events = history
    high = low + timedelta(days=length)
    expected = sum(
        low <= local_day(event.at, facts.zone) <= high and event.at <= facts.now for event in events
    )
    assert _count(Window("between", low=Constant(low), high=Constant(high)), facts) == expected


@given(histories())
def test_ever_is_all_that_has_happened(history: tuple[Scope, list[EventFact]]) -> None:
    """Up to now."""
    facts, events = history
    assert _count(Window("ever"), facts) == sum(event.at <= facts.now for event in events)


def test_months_are_counted_by_the_calendar() -> None:
    """From 31 March, one month back is the end of February at the same local time."""
    now = datetime(2026, 3, 31, 10, tzinfo=UTC)
    edge = datetime(2026, 2, 28, 11, tzinfo=UTC)
    for at, inside in ((edge, True), (edge - timedelta(seconds=1), False)):
        assert ask("did(order.placed, last 1 month)", scope((order(at),), now=now)) is inside


def test_a_window_without_its_anchor_is_unknown() -> None:
    """Nobody can say what happened since a step that never began."""
    orders = (order(NOW - DAY),)
    for text in (
        "did(order.placed, since pause)",
        "count(order.placed, since entry) == 0",
        "did(order.placed, between contact.birthdate and today)",
    ):
        assert ask(text, scope(orders)) is None


def test_the_triggering_event_is_not_since_entry() -> None:
    """The order that started the run is not an order since; one at the same instant that came later is."""
    orders = (order(NOW - DAY, seq=7), order(NOW - DAY, seq=8))
    facts = scope(orders, entry=Mark(NOW - DAY, 7))
    assert ask("count(order.placed, since entry) == 1", facts) is True


# Functions

ORDERS = (
    order(NOW - 40 * DAY, 30, seq=1, channel="web", points=Decimal(3)),
    order(NOW - 10 * DAY, 60, seq=3, channel="store"),
    order(NOW - 10 * DAY, 20, seq=2, channel="web", points=Decimal(4)),
    order(NOW - 5 * DAY, None, seq=4, channel="web"),
)


@pytest.mark.parametrize(
    "text",
    [
        "did(order.placed, last 7 days) and not did(order.placed, last 3 days)",
        "count(order.placed) == 4 and count(order.placed where channel == store) == 1",
        "count(order.placed where total > 20 and channel == web, last 90 days) == 1",
        "sum(order.placed.total) == 110 and sum(order.placed.total, last 20 days) == 80",
        "sum(order.placed.points) == 7 and avg(order.placed.points) == 3.5",
        "avg(order.placed.total) > 36.66 and avg(order.placed.total) < 36.67",
        "min(order.placed.total) == 20 and max(order.placed.total, last 20 days) == 60",
        "first(order.placed).total == 30 and first(order.placed, last 20 days).total == 20",
        "latest(order.placed).total is unknown and latest(order.placed where total is known).total == 60",
        "latest(order.placed).at == now - 120 hours and max(order.placed.at) == latest(order.placed).at",
        "days_since(latest(order.placed).at) == 5",
        "latest(order.placed) is known and latest(product.viewed) is unknown",
        "count(order.placed where did(product.viewed, last 1 day)) == 0",
    ],
)
def test_questions_about_orders(text: str) -> None:
    """Four orders, two of them at one instant, one of unknown total."""
    assert ask(text, scope(ORDERS)) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("did(order.placed)", False),
        ("count(order.placed) == 0", True),
        ("sum(order.placed.points) == 0", True),
        ("sum(order.placed.total) == 0 and sum(order.placed.total) / event.total == 0", True),
        ("avg(order.placed.total) > 0", None),
        ("min(order.placed.total) > 0", None),
        ("first(order.placed).total > 0", None),
        ("days_since(latest(order.placed).at) > 90", None),
    ],
)
def test_sum_and_count_of_nothing_are_zero_and_the_rest_unknown(text: str, expected: object) -> None:
    """Of somebody who never bought."""
    assert ask(text, scope(event={"total": Money(Decimal(5), "EUR")})) is expected


def test_two_currencies_in_one_sum_are_unknown() -> None:
    """Never a wrong amount."""
    orders = (order(NOW - DAY, 10), order(NOW - DAY, 10, currency="CHF"))
    for function in ("sum", "avg", "min", "max"):
        assert ask(f"{function}(order.placed.total) > 0", scope(orders)) is None
    assert ask("count(order.placed where total > 5) == 1", scope(orders)) is True


def test_an_event_whose_condition_is_unknown_does_not_count() -> None:
    """What is not true is no, in a `where` too."""
    assert ask("count(order.placed where total > 0) == 3", scope(ORDERS)) is True


# Tracking

CREATED = {"created_at": NOW - 50 * DAY}
CLICK = EventFact(9, "message.clicked", NOW - 2 * DAY, {"link": "a", "step": "hello"})


@pytest.mark.parametrize(
    ("since", "text", "expected"),
    [
        (None, "did(message.clicked, last 30 days)", None),
        (None, "count(message.opened) == 0", None),
        (None, "days_since(latest(message.clicked).at) > 3", None),
        (60, "did(message.clicked, last 30 days)", True),
        (60, "count(message.opened, last 30 days) == 0", True),
        (30, "did(message.clicked, last 30 days)", True),
        (29, "did(message.clicked, last 30 days)", None),
        # A window that begins before the person did is seen whole from the first day.
        (50, "did(message.clicked, last 90 days)", True),
        (50, "count(message.opened) == 0", True),
        (49, "count(message.opened) == 0", None),
        # What is not tracked is known of everybody.
        (None, "did(message.delivered, last 30 days)", False),
    ],
)
def test_opens_and_clicks_are_unknown_unless_tracked_over_the_whole_window(
    since: int | None, text: str, expected: object
) -> None:
    """So that nobody is taken for inactive because of a refusal."""
    tracked = {} if since is None else {"clicks": NOW - since * DAY, "opens": NOW - since * DAY}
    assert ask(text, scope((CLICK,), attributes=CREATED, tracked_since=tracked)) is expected


def test_min_of_an_unknown_share_is_unknown() -> None:
    """`engagement` of somebody who may not be tracked is not 0."""
    text = "min(1, count(message.clicked, last 90 days) / 3) == 0"
    assert ask(text, scope()) is None
    assert ask(text, scope(tracked_since={"clicks": NOW - 100 * DAY})) is True


# Messages of this run

SENT = EventFact(20, "message.sent", NOW - 3 * DAY)
CLICKED = EventFact(21, "message.clicked", NOW - DAY, {"link": "keep_me"})


def _messages(*events: EventFact, **facts: object) -> Scope:
    return scope(message_events=lambda step: events if step == "hello" else (), **facts)


def test_messages_of_the_run_are_asked_by_step() -> None:
    """What happened to the message of that step."""
    facts = _messages(SENT, CLICKED, tracked_since={"clicks": NOW - 9 * DAY})
    assert (
        ask("sent(hello) and clicked(hello) and not delivered(hello) and not replied(hello)", facts) is True
    )
    assert ask('clicked(hello, "keep_me")', facts) is True
    assert ask('clicked(hello, "other")', facts) is False
    assert ask("opened(hello)", facts) is None


@pytest.mark.parametrize(("since", "expected"), [(None, None), (2, None), (3, False), (9, False)])
def test_a_click_is_unknown_of_who_could_not_be_tracked_since_the_message(
    since: int | None, expected: object
) -> None:
    """A refusal is no silence."""
    tracked = {} if since is None else {"clicks": NOW - since * DAY}
    assert ask("clicked(hello)", _messages(SENT, tracked_since=tracked)) is expected


def test_a_message_that_was_not_sent_was_not_clicked() -> None:
    """Of somebody who may be tracked; of the others nothing is said."""
    assert ask("clicked(hello)", _messages(tracked_since={"clicks": NOW})) is False
    assert ask("clicked(hello)", _messages()) is None
    assert ask("sent(hello)", _messages()) is False


def test_permissions_are_asked_of_the_scope() -> None:
    """Consent is decided elsewhere."""
    facts = scope(
        can_receive=lambda channel, topic: (channel, topic) == ("sms", "newsletter"),
        tracked_since={"opens": NOW},
    )
    assert ask(
        "can_receive(sms, newsletter) and not can_receive(sms) and not can_receive(email, newsletter)", facts
    )
    assert ask("can_track(opens) and not can_track(clicks)", facts) is True


def test_a_zone_of_the_file_replaces_the_persons() -> None:
    """`today` follows the zone of the scope."""
    late = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)
    orders = (order(late - timedelta(hours=1)),)
    assert ask("did(order.placed, today)", scope(orders, now=late, zone=PARIS)) is False
    assert ask("did(order.placed, today)", scope(orders, now=late, zone=ZoneInfo("UTC"))) is True
