"""Every form of trigger starts runs in stories, at the instants and for the people that it names."""

from pathlib import Path

import pytest

from tests.engine.story_projects import PERSON, SUBSCRIBED, holds, scenario, story

HELLO = "- email: hello\n"


def test_one_run_an_item(tmp_path: Path) -> None:
    text = scenario(
        '- if: item.sku starts with "A"\n  then: [{ task: Pack, team: shop }]\n',
        "key: item.sku\n",
        trigger="event: order.placed, for_each: event.items",
    )
    items = "[{ sku: A1, qty: 1 }, { sku: B1, qty: 2 }, { sku: A2, qty: 1 }]"
    holds(
        tmp_path,
        text,
        story(
            f"{{ at: day 0 09:00, event: order.placed, with: {{ items: {items} }} }}",
            """
            { at: day 0 09:00, task: Pack }
            { at: day 0 09:00, task: Pack }
            """,
        ),
    )


def test_an_event_about_an_object_reaches_who_looked_at_it(tmp_path: Path) -> None:
    text = scenario(
        HELLO,
        trigger=(
            "event: product.price_changed, where: price < old_price,"
            ' reaches: "did(product.viewed where sku == event.sku, last 60 days)"'
        ),
    )
    viewed = PERSON + "  events: [{ event: product.viewed, at: day -20, with: { sku: FICUS } }]\n"
    cheaper = "with: { sku: FICUS, old_price: 40, price: 30 }"
    line = f"{{ at: day 0 12:00, event: product.price_changed, {cheaper} }}"
    holds(
        tmp_path,
        text,
        story(line, "{ at: day 0 12:00, email: hello }", viewed)
        + story(line, "", name="who did not look")
        + story(line.replace("price: 30", "price: 50"), "", viewed, name="dearer"),
    )


@pytest.mark.parametrize(
    ("trigger", "days"), [("day", (0, 1, 2)), ("week on wed", (2,)), ("month on 16", (1,))]
)
def test_scans_by_the_persons_clock(tmp_path: Path, trigger: str, days: tuple[int, ...]) -> None:
    """After the day of the last line nothing starts any more."""
    text = scenario(HELLO, "audience: contact.points > 5\n", trigger=f"every: {trigger} at 09:00")
    expect = "\n".join(f"{{ at: day {day} 09:00, email: hello }}" for day in days)
    holds(tmp_path, text, story("{ at: day 2 20:00, event: product.viewed }", expect))


def test_a_day_relative_to_a_date(tmp_path: Path) -> None:
    """A date of the story's calendar is a plain value; a past one is skipped, or entered on its day."""
    skip = "date: contact.renewal_date, offset: -7 days, at: 09:00, if_past: skip"
    given = PERSON.replace("tier: bronze", "tier: bronze, renewal_date: day 8")
    holds(
        tmp_path / "skip",
        scenario(HELLO, trigger=skip),
        story("", "{ at: day 1 09:00, email: hello }", given)
        + story("{ at: day 1 12:20, changes: { renewal_date: day 8 } }", "", name="too late"),
    )
    holds(
        tmp_path / "enter",
        scenario(HELLO, trigger=skip.replace("skip", "enter")),
        story("{ at: day 1 12:20, changes: { renewal_date: day 8 } }", "{ at: day 1 13:00, email: hello }"),
    )


@pytest.mark.parametrize(("at", "past", "sent"), [
    ("2027-02-16 10:00", "skip", "{ at: day 1 10:00, email: hello }"),
    ("2027-02-01 10:00", "skip", ""),
    ("2027-02-01 10:00", "enter", "{ at: day 0 07:00, email: hello }"),
])  # fmt: skip
def test_a_campaign_once(tmp_path: Path, at: str, past: str, sent: str) -> None:
    text = scenario(HELLO, trigger=f"at: {at}, if_past: {past}, spread: 2 hours")
    holds(tmp_path, text, story("{ at: day 3 12:00, event: product.viewed }", sent))


def test_a_segment_over_attributes_is_looked_at_when_they_change(tmp_path: Path) -> None:
    """Who was in it at first publication does not enter, nor who comes in by an import."""
    text = scenario(HELLO, trigger="entered: vip")
    golden = PERSON.replace("tier: bronze", "tier: gold")
    holds(
        tmp_path,
        text,
        story("{ at: day 1 12:00, changes: { tier: gold } }", "{ at: day 1 12:00, email: hello }")
        + story("{ at: day 1 12:00, changes: { tier: gold }, source: import }", "", name="an import")
        + story("{ at: day 1 12:00, changes: { points: 3 } }", "", golden, name="in it before")
        + story(
            "{ at: day 1 12:00, event: contact.created }",
            "{ at: day 1 12:00, email: hello }",
            golden,
            name="new",
        ),
    )


def test_existing_people_enter_where_it_says_so(tmp_path: Path) -> None:
    text = scenario(HELLO, trigger="entered: vip, existing: include")
    holds(tmp_path, text, story("", "{ at: day 0 07:00, email: hello }", PERSON.replace("bronze", "gold")))


def test_leaving_a_segment(tmp_path: Path) -> None:
    text = scenario(HELLO, trigger="left: vip")
    golden = PERSON.replace("bronze", "gold")
    line = "{ at: day 1 12:00, changes: { tier: silver } }"
    holds(tmp_path, text, story(line, "{ at: day 1 12:00, email: hello }", golden))


@pytest.mark.parametrize(("checked", "expected"), [
    ("", "{ at: day 10 10:00, email: hello }"),
    (', checked: "day at 18:00"', "{ at: day 10 18:00, email: hello }"),
])  # fmt: skip
def test_a_segment_with_a_window_is_looked_at_as_time_passes(
    tmp_path: Path, checked: str, expected: str
) -> None:
    """Every hour, or at its own time."""
    segments = "lapsed: { title: Lapsed, is: 'did(order.placed) and not did(order.placed, last 30 days)' }\n"
    given = PERSON + "  events: [{ event: order.placed, at: day -20 09:30 }]\n"
    (tmp_path / "scenarios").mkdir()
    text = scenario(HELLO, trigger=f"entered: lapsed{checked}")
    holds(
        tmp_path,
        text,
        story("{ at: day 12 09:00, event: product.viewed }", expected, given),
        segments=segments,
    )


@pytest.mark.parametrize("rule", ["once", "always"])
def test_entry_rules_count_over_a_story(tmp_path: Path, rule: str) -> None:
    text = scenario(HELLO).replace("entry: always", f"entry: {rule}")
    again = "{ at: day 5 09:00, email: hello }" if rule == "always" else ""
    when = f"{SUBSCRIBED}\n{{ at: day 5, event: contact.subscribed }}"
    holds(tmp_path, text, story(when, f"{{ at: day 0, email: hello }}\n{again}"))


def test_a_restart_ends_the_old_run(tmp_path: Path) -> None:
    text = scenario("- wait: 3 days\n- email: hello\n", "while_active: restart\n")
    holds(
        tmp_path,
        text,
        story(
            f"{SUBSCRIBED}\n{{ at: day 2, event: contact.subscribed }}",
            """
            { at: day 2, exit: restarted }
            { at: day 5 09:00, email: hello }
            """,
        ),
    )


# A new version in the middle of a story

V2 = "- { email: offer, id: first }\n- { wait: 4 days, id: pause }\n- { email: offer, id: last }\n"
V1 = "- { email: hello, id: first }\n- { wait: 2 days, id: pause }\n- { email: hello, id: last }\n"


RESTARTED = """
    { at: day 1 09:00, exit: restarted }
    { at: day 1 09:00, email: offer }
    { at: day 5 09:00, email: offer }
"""


@pytest.mark.parametrize(("on_edit", "expected"), [
    ("finish", "{ at: day 2 09:00, email: hello }"),
    ("exit", "{ at: day 1 09:00, exit: stopped }"),
    ("restart", RESTARTED),
    ("{ move: finish }", "{ at: day 4 09:00, email: offer }"),
])  # fmt: skip
def test_people_in_flight_at_a_new_version(tmp_path: Path, on_edit: str, expected: str) -> None:
    """The waits of who moves are computed again from the instant at which they began."""
    when = f"{SUBSCRIBED}\n{{ at: day 1, publishes: case_v2.yaml }}"
    expect = f"{{ at: day 0, email: hello }}\n{expected}"
    holds(tmp_path, scenario(V1), story(when, expect), case_v2=scenario(V2, f"on_edit: {on_edit}\n"))


def test_new_entries_take_the_new_version(tmp_path: Path) -> None:
    when = f"{{ at: day 0 08:00, publishes: case_v2.yaml }}\n{SUBSCRIBED}"
    expect = "{ at: day 0 09:00, email: offer }\n{ at: day 4 09:00, email: offer }"
    holds(tmp_path, scenario(V1), story(when, expect), case_v2=scenario(V2))


@pytest.mark.parametrize(("move", "expected"), [
    ("exit", "{ at: day 1 09:00, exit: stopped }"),
    ("finish", "{ at: day 2 09:00, email: hello }"),
])  # fmt: skip
def test_whose_step_is_gone_leaves_or_finishes(tmp_path: Path, move: str, expected: str) -> None:
    when = f"{SUBSCRIBED}\n{{ at: day 1, publishes: case_v2.yaml }}"
    later = scenario(V2.replace("id: pause", "id: rest"), f"on_edit: {{ move: {move} }}\n")
    holds(tmp_path, scenario(V1), story(when, f"{{ at: day 0, email: hello }}\n{expected}"), case_v2=later)
