"""What people do in a story does in the virtual world what it does to people in production."""

from pathlib import Path

import pytest

from tests.engine.story_projects import PERSON, SUBSCRIBED, holds, scenario, story

HELLO = "- { email: hello, id: hi }\n"


def test_an_event_with_its_properties_starts_and_ends_runs(tmp_path: Path) -> None:
    """`with` holds plain values, typed by the catalog."""
    text = scenario(
        HELLO + "- wait: 5 days\n- email: offer\n",
        "exit_when:\n  - { event: order.placed, where: total > 50, as: bought }\n",
    )
    holds(
        tmp_path,
        text,
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1, event: order.placed, with: {{ order_id: o1, total: 20 }} }}
            {{ at: day 2 15:30, event: order.placed, with: {{ order_id: o2, total: 60 }} }}
            """,
            """
            { at: day 0 09:00, email: hello }
            { at: day 2 15:30, exit: bought }
            """,
        ),
    )


def test_times_are_days_hours_and_local_instants(tmp_path: Path) -> None:
    """`day 2` is the hour of the first line in `when`, any time of the day in `expect`."""
    text = scenario("- wait_for: order.placed\n  up_to: 9 days\n  then: [{ email: hello }]\n")
    holds(
        tmp_path,
        text,
        story(
            """
            { at: 2027-02-15 11:40, event: contact.subscribed }
            { at: day 2, event: order.placed }
            """,
            "{ at: 2027-02-17 11:40, email: hello }",
        )
        + story(
            """
            { at: day 0 11:40, event: contact.subscribed }
            { at: day 2 23:10, event: order.placed }
            """,
            "{ at: day 3, email: hello }",
            name="in the morning",
        ),
    )


@pytest.mark.parametrize(("source", "sent"), [("", True), (", source: import", False)])
def test_attributes_change_and_imports_are_silent(tmp_path: Path, source: str, *, sent: bool) -> None:
    text = scenario(HELLO, trigger="changed: contact.tier, where: after > before")
    expect = "{ at: day 1 12:00, email: hello }" if sent else ""
    holds(tmp_path, text, story(f"{{ at: day 1 12:00, changes: {{ tier: gold }}{source} }}", expect))


@pytest.mark.parametrize("tracking", [True, False])
def test_opens_and_clicks_are_known_of_who_agrees(tmp_path: Path, *, tracking: bool) -> None:
    steps = """
        - { email: hello, id: hi }
        - wait: 2 days
        - if: clicked(hi, "keep_me") and opened(hi)
          then: [{ email: offer }]
          else: [{ sms: offer }]
    """
    given = PERSON if tracking else PERSON.replace("  tracking: [opens, clicks]\n", "")
    told = "email" if tracking else "sms"
    holds(
        tmp_path,
        scenario(steps),
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1, opens: hi }}
            {{ at: day 1 10:00, clicks: hi, link: keep_me }}
            """,
            f"""
            {{ at: day 0, email: hello }}
            {{ at: day 2, {told}: offer }}
            """,
            given,
        ),
    )


def test_a_message_is_clicked_in_the_minute_in_which_it_leaves(tmp_path: Path) -> None:
    """What a person does with a message comes after it has left, though both are written for one minute."""
    steps = "- wait: 1 day at 10:00\n- { email: hello, id: hi }\n- wait_for: { event: message.clicked }\n"
    steps += "  up_to: 3 days\n  then: [{ exit: interested }]\n"
    holds(
        tmp_path,
        scenario(steps),
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1 10:00, clicks: hi }}
            """,
            """
            { at: day 1 10:00, email: hello }
            { at: day 1 10:00, exit: interested }
            """,
        ),
    )


def test_an_order_of_the_very_minute_stops_the_message(tmp_path: Path) -> None:
    """What has happened by then is asked before anything leaves."""
    text = scenario("- wait: 1 day\n- email: hello\n", "goal: { event: order.placed, within: 9 days }\n")
    holds(
        tmp_path,
        text,
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1 09:00, event: order.placed }}
            """,
            "{ at: day 1 09:00, exit: goal }",
        ),
    )


def test_stop_ends_sms_and_start_brings_it_back(tmp_path: Path) -> None:
    text = scenario("- repeat: { every: 7 days, at_most: 3 }\n  steps: [{ sms: hello }]\n")
    holds(
        tmp_path,
        text,
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1 12:00, replies: "Stop!" }}
            """,
            """
            { at: day 0 10:00, sms: hello }
            { at: day 1 12:00, exit: lost_consent }
            """,
        )
        + story(
            """
            { at: day 0 12:00, event: contact.subscribed }
            { at: day 1 12:00, replies: "STOP PUB" }
            { at: day 2 12:00, replies: OUI }
            { at: day 3 12:00, event: contact.subscribed }
            """,
            """
            { at: day 0 12:00, sms: hello }
            { at: day 1 12:00, exit: lost_consent }
            { at: day 3 12:00, sms: hello }
            { at: day 10 12:00, sms: hello }
            { at: day 17 12:00, sms: hello }
            """,
            name="and comes back",
        ),
    )


def test_any_other_reply_answers_the_question(tmp_path: Path) -> None:
    steps = """
        - { sms: hello, id: ask }
        - wait_for: { reply: ask }
          up_to: 2 days
          then: [{ exit: answered }]
    """
    holds(
        tmp_path,
        scenario(steps),
        story(
            """
            { at: day 0 12:00, event: contact.subscribed }
            { at: day 1 12:00, replies: "nonstop music", to: sms }
            """,
            """
            { at: day 0 12:00, sms: hello }
            { at: day 1 12:00, exit: answered }
            """,
        ),
    )


def test_an_unsubscription_ends_the_topic_by_email_only(tmp_path: Path) -> None:
    steps = """
        - { email: hello, id: hi }
        - wait: 3 days at 12:00
        - first_of: [{ email: offer }, { sms: offer }]
    """
    holds(
        tmp_path,
        scenario(steps),
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1, unsubscribes: newsletter }}
            """,
            """
            { at: day 0, email: hello }
            { at: day 3 12:00, sms: offer }
            """,
        )
        + story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1, unsubscribes: newsletter }}
            {{ at: day 2, unsubscribes: newsletter, channel: sms }}
            """,
            """
            { at: day 0, email: hello }
            { at: day 2, exit: lost_consent }
            """,
            name="by SMS too",
        ),
    )


@pytest.mark.parametrize("deed", ["bounces", "complains"])
def test_a_dead_or_angry_address_is_written_to_no_more(tmp_path: Path, deed: str) -> None:
    steps = HELLO + "- wait: 3 days\n- { email: offer }\n"
    holds(
        tmp_path,
        scenario(steps),
        story(
            f"""
            {SUBSCRIBED}
            {{ at: day 1, {deed}: hi }}
            """,
            """
            { at: day 0, email: hello }
            { at: day 1, exit: lost_consent }
            """,
        ),
    )


def test_what_bounces_was_never_delivered(tmp_path: Path) -> None:
    steps = (
        HELLO
        + "- wait: 10 minutes\n- if: delivered(hi)\n  then: [{ exit: arrived }]\n  else: [{ sms: offer }]\n"
    )
    holds(
        tmp_path,
        scenario(steps),
        story(
            """
            { at: day 0 12:00, event: contact.subscribed }
            { at: day 0 12:05, bounces: hi }
            """,
            """
            { at: day 0 12:00, email: hello }
            { at: day 0 12:10, sms: offer }
            """,
        )
        + story(
            "{ at: day 0 12:00, event: contact.subscribed }",
            """
            { at: day 0 12:00, email: hello }
            { at: day 0 12:10, exit: arrived }
            """,
            name="and this one arrives",
        ),
    )


def test_a_confirmation_is_consent_once_the_scenario_grants_it(tmp_path: Path) -> None:
    steps = """
        - wait_for: { event: consent.confirmed, where: topic == newsletter }
          up_to: 7 days
          then:
            - grant: { topic: newsletter, channel: email, text: optin_v3, proof: "confirmation click" }
            - email: hello
    """
    given = "given: { contact: { country: FR, email: ada@example.com } }\n"
    holds(
        tmp_path,
        scenario(steps),
        story(f"{SUBSCRIBED}\n{{ at: day 1, confirms: newsletter }}", "{ at: day 1, email: hello }", given)
        + story(SUBSCRIBED, "", given, name="nobody confirmed"),
    )


def test_a_call_starts_a_scenario_with_its_inputs(tmp_path: Path) -> None:
    text = scenario(
        '- if: event.reason == "vip"\n  then: [{ email: hello }]\n',
        trigger="api: { input: { reason: text } }",
    )
    holds(
        tmp_path,
        text,
        story("{ at: day 0 09:00, calls: case, with: { reason: vip } }", "{ at: day 0 09:00, email: hello }")
        + story("{ at: day 0 09:00, calls: case, with: { reason: other } }", "", name="no reason"),
    )
