"""What a story gives and what the brand does act in the virtual world as they do in production."""

from pathlib import Path

import pytest

from tests.engine.story_projects import ONE_A_DAY, PERSON, SUBSCRIBED, holds, scenario, story

HELLO = "- { email: hello, id: hi }\n"


def test_a_pause_stops_neither_time_nor_entries(tmp_path: Path) -> None:
    """At resume each late message is asked whether it has expired."""
    text = scenario("- wait: 1 day\n- { email: hello, expires: 1 day }\n")
    holds(
        tmp_path,
        text,
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 0 12:00, pauses: case }}
            {{ at: day 1 20:00, resumes: case }}
            """,
            "{ at: day 1 20:00, email: hello }",
        )
        + story(
            f"""
            {{ at: day -1 12:00, pauses: email }}
            {SUBSCRIBED}
            {{ at: day 5, resumes: email }}
            """,
            "{ at: day 5, not_sent: hello, because: expired }",
            name="too late",
        ),
    )


def test_webhooks_answer_or_fail_as_given(tmp_path: Path) -> None:
    steps = """
        - { call: open_case, save: run.case, on_error: exit }
        - if: run.case.case_id == "c1"
          then: [{ task: Call back, team: care }]
    """
    answers = PERSON + "  answers: ANSWERS\n"
    holds(
        tmp_path,
        scenario(steps),
        story(
            SUBSCRIBED,
            """
            { at: day 0, call: open_case }
            { at: day 0, task: Call back }
            { at: day 0, exit: end }
            """,
            answers.replace("ANSWERS", "{ open_case: { case_id: c1 } }"),
        )
        + story(
            SUBSCRIBED,
            """
            { at: day 0, call: open_case }
            { at: day 0, exit: error }
            """,
            answers.replace("ANSWERS", "{ open_case: fails }"),
            name="nobody answers",
        ),
    )


def test_arms_are_fixed_and_the_first_otherwise(tmp_path: Path) -> None:
    steps = """
        - split: { a: 50%, b: 50% }
          id: test
          branches: { a: [{ email: hello }], b: [{ sms: hello }] }
    """
    at = "{ at: day 0 12:00, event: contact.subscribed }"
    holds(
        tmp_path,
        scenario(steps),
        story(at, "{ at: day 0, email: hello }")
        + story(at, "{ at: day 0, sms: hello }", PERSON + "  arms: { test: b }\n", name="the other arm"),
    )


def test_who_is_held_out_goes_on_and_gets_nothing(tmp_path: Path) -> None:
    text = scenario(HELLO + "- wait: 1 day\n- { email: offer }\n", "holdout: 5%\n")
    holds(
        tmp_path,
        text,
        story(
            SUBSCRIBED,
            """
            { at: day 0 09:00, not_sent: hello, because: holdout }
            { at: day 1 09:00, not_sent: offer, because: holdout }
            """,
            PERSON + "  holdout: true\n",
        ),
    )


def test_codes_run_out(tmp_path: Path) -> None:
    text = scenario("- { email: hello, with: { code: take(winback_15) }, on_cap: drop }\n")
    holds(
        tmp_path,
        text,
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 30, event: contact.subscribed }}
            """,
            """
            { at: day 0, email: hello }
            { at: day 30, not_sent: hello, because: code }
            """,
            PERSON + "  pool: { winback_15: 1 }\n",
        ),
    )


def test_messages_of_before_take_their_places(tmp_path: Path) -> None:
    """And events of before are history, at the days that the story gives."""
    text = scenario(HELLO, "audience: did(order.placed where total > 10, last 10 days)\n")
    given = PERSON + (
        "  messages: [{ message: hello, channel: email, at: day 0 07:30 }]\n"
        "  events: [{ event: order.placed, at: day -4, with: { total: 12 } }]\n"
    )
    holds(tmp_path, text, story(SUBSCRIBED, "{ at: day 1 07:00, email: hello }", given), policy=ONE_A_DAY)


@pytest.mark.parametrize(
    ("given", "because"),
    [
        ("given: { contact: { country: FR, email: a@example.com } }\n", "consent"),
        (PERSON.replace("[email, sms]", "{ channels: [email], from: day 3 }"), ""),
    ],
)
def test_consent_is_since_ever_or_since_a_day(tmp_path: Path, given: str, because: str) -> None:
    expect = (
        f"{{ at: day 0, not_sent: hello, because: {because} }}" if because else "{ at: day 0, email: hello }"
    )
    holds(tmp_path, scenario(HELLO), story(SUBSCRIBED, expect, given))


def test_emit_set_and_the_end_are_compared_where_they_are_written(tmp_path: Path) -> None:
    steps = """
        - add: { contact.points: 500 }
        - set: { contact.tier: gold, run.total: contact.points + 1 }
        - email: hello
    """
    holds(
        tmp_path,
        scenario(steps),
        story(SUBSCRIBED, "{ at: day 0, email: hello }")
        + story(
            SUBSCRIBED,
            """
            { at: day 0, set: { contact.points: 510, contact.tier: gold, run.total: 511 } }
            { at: day 0 09:00, email: hello }
            { at: day 0, exit: end }
            """,
            name="all of it",
        ),
    )


def test_scenarios_start_one_another(tmp_path: Path) -> None:
    """A line may say whose it is."""
    first = scenario(
        '- email: hello\n- emit: product.viewed\n  with: { sku: "A" }\n', "priority: 60\n", name="case"
    )
    second = scenario("- wait: 1 hour\n- email: offer\n", name="other", trigger="event: product.viewed")
    holds(
        tmp_path,
        {"case": first, "other": second},
        story(
            SUBSCRIBED,
            """
            { at: day 0 09:00, email: hello, scenario: case }
            { at: day 0 09:00, emit: product.viewed }
            { at: day 0 10:00, email: offer, scenario: other }
            { at: day 0, exit: end, scenario: other }
            """,
        ),
    )


def test_a_place_gives_way_to_a_higher_priority(tmp_path: Path) -> None:
    """The loser is placed again."""
    low = scenario("- email: hello\n", "priority: 10\n", name="case")
    high = scenario("- email: offer\n", "priority: 90\n", name="other", trigger="event: order.placed")
    holds(
        tmp_path,
        {"case": low, "other": high},
        story(
            """
            { at: day 0 22:30, event: contact.subscribed }
            { at: day 1 06:00, event: order.placed }
            """,
            """
            { at: day 1 07:00, email: offer }
            { at: day 2 07:00, email: hello }
            """,
        ),
        policy=ONE_A_DAY,
    )
