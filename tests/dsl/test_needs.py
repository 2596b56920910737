"""What expressions look at, so that facts are loaded once."""

from dsl.needs import mentions_of, needs_of
from dsl.plan import Need
from tests.dsl.vocabulary import WORLD, read, world

DAY = 86_400


def test_the_longest_window_of_an_event_counts() -> None:
    """Over all expressions, inside of `where` too."""
    expressions = [
        read("did(order.placed, last 90 days) and count(order.placed, last 2 hours) > 1"),
        read("count(order.placed where did(product.viewed, last 3 days), last 10 days) > 1"),
    ]
    assert needs_of(expressions, WORLD) == (Need("order.placed", 90 * DAY), Need("product.viewed", 3 * DAY))


def test_windows_without_a_bound_need_all_there_is() -> None:
    """`ever`, `since` and fixed dates."""
    for window in ("", ", ever", ", since entry", ", between 2026-01-01 and today"):
        assert needs_of([read(f"did(order.placed{window})")], WORLD) == (Need("order.placed", None),)


def test_calendar_windows_are_rounded_up() -> None:
    """A month has at most 31 days, a day at most 25 hours."""
    assert needs_of([read("did(order.placed, last 1 month)")], WORLD) == (
        Need("order.placed", 31 * DAY + 3600),
    )
    assert needs_of([read("did(order.placed, today)")], WORLD) == (Need("order.placed", DAY + 3600),)


def test_definitions_are_looked_through() -> None:
    """Computed attributes and segments need what they look at, and may name each other."""
    today = world(
        computed__score="count(message.clicked, last 90 days)",
        segment__vip="contact.score > 3 and sum(order.placed.total, last 1 day) > 5",
        segment__lapsed="not in segment vip and contact.points > 3",
    )
    expression = read("in segment lapsed")
    assert needs_of([expression], today) == (Need("message.clicked", 90 * DAY), Need("order.placed", DAY))
    mentions = mentions_of([expression], today.catalog.attributes, today.segments)
    assert mentions.attributes == {"score", "points"}
    assert mentions.segments == {"vip", "lapsed"}
    assert mentions.events == {"message.clicked", "order.placed"}


def test_messages_of_the_run_need_their_events() -> None:
    """When they were sent too, which says since when the person had to be trackable."""
    assert needs_of([read("clicked(hello)")], WORLD) == (
        Need("message.clicked", None),
        Need("message.sent", None),
    )


def test_an_expression_without_history_needs_nothing() -> None:
    """Attributes come with the person."""
    assert needs_of([read("contact.points > 3")], WORLD) == ()
