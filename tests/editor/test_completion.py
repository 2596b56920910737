"""What completion offers, at the cursor marked `|` in a scenario that is being written."""

from functools import cache
from pathlib import Path

import pytest

from commands.editor.completion import complete
from dsl.compiler import Project, compile_project
from dsl.source import SourceFile

ROOT = Path(__file__).parents[2]

SCENARIO = """\
scenario: drafted
topic: newsletter
trigger:
  event: order.placed
  where: total > 50
audience: contact.country == FR
entry: once
steps:
  - email: welcome_hello
    id: hello
    with: { code: take(welcome_10) }
  - wait_for: order.placed
    id: answer
    up_to: 7 days
    then:
      - if: answer.total > 10
        then:
          - set: { contact.tier: gold }
"""


@cache
def project() -> Project:
    return compile_project(ROOT)


def offered(text: str, path: str = "scenarios/drafts/drafted.yaml") -> list[str]:
    file = SourceFile((ROOT / path).as_posix(), text.replace("|", ""))
    return [offer.label for offer in complete(project(), file, text.index("|")).offers]


def typed(old: str, new: str) -> list[str]:
    assert old in SCENARIO
    return offered(SCENARIO.replace(old, new))


class TestExpressions:
    def test_attributes_behind_contact(self):
        found = typed("contact.country == FR", "contact.|")
        assert {"contact.country", "contact.tier", "contact.created_at", "contact.engagement"} <= set(found)
        assert all(each.startswith("contact.") for each in found)

    def test_the_values_of_the_choice_come_first(self):
        assert typed("contact.country == FR", "contact.tier >= |")[:3] == ["bronze", "silver", "gold"]

    def test_nothing_but_values_in_a_list_of_them(self):
        assert typed("contact.country == FR", "contact.country in [FR, |") == ["FR", "BE", "CH", "LU", "NO"]

    def test_the_values_that_a_function_gives(self):
        assert typed("contact.country == FR", "weekday(today) == |")[:2] == ["mon", "tue"]

    def test_true_and_false_for_what_is_one_of_the_two(self):
        assert typed("contact.country == FR", "contact.is_professional == |")[:2] == ["true", "false"]

    def test_properties_of_the_event_looked_at_are_bare_words(self):
        assert typed("total > 50", "|")[:4] == ["order_id", "total", "channel", "items"]

    def test_the_event_looked_at_by_a_question_about_history(self):
        assert typed("contact.country == FR", "did(product.viewed where |")[:2] == ["sku", "price"]

    def test_events_in_a_question_about_history(self):
        found = typed("contact.country == FR", "count(|)")
        assert {"order.placed", "message.clicked"} <= set(found)
        assert "contact.country" not in found

    def test_properties_behind_the_event_of_a_sum(self):
        assert typed("contact.country == FR", "sum(order.placed.|") == [
            "order.placed.order_id",
            "order.placed.total",
            "order.placed.channel",
            "order.placed.items",
        ]

    def test_windows_behind_the_event(self):
        assert "since entry" in typed("contact.country == FR", "did(order.placed, |")

    def test_message_steps_in_a_question_about_messages(self):
        assert typed("answer.total > 10", "clicked(|)") == ["hello"]

    def test_steps_and_the_entry_behind_since(self):
        assert typed("answer.total > 10", "did(order.placed, since |)") == ["entry", "hello", "answer"]

    def test_the_event_that_ended_a_wait_has_its_properties_inside_its_branch(self):
        assert "answer.total" in typed("answer.total > 10", "|")
        assert "answer.total" not in typed("contact.country == FR", "|")

    def test_pools_of_codes(self):
        assert typed("take(welcome_10)", "take(|)") == ["welcome_10", "winback_15"]

    def test_take_only_where_it_may_stand(self):
        assert "take" in typed("take(welcome_10)", "|")
        assert "take" not in typed("contact.country == FR", "|")

    def test_segments(self):
        shown = typed("contact.country == FR", "not in segment |")
        assert shown == ["vip", "champions", "slipping", "worn_out"]

    def test_channels_and_topics(self):
        assert typed("contact.country == FR", "can_receive(|")[:2] == ["email", "sms"]
        assert typed("contact.country == FR", "can_receive(sms, |") == ["newsletter", "service"]

    def test_operators_behind_a_value(self):
        assert {"and", "is known"} <= set(typed("contact.country == FR", "contact.country == FR |"))

    def test_an_expression_over_several_lines(self):
        assert "contact.tier" in typed("contact.country == FR", "contact.country == FR\n  and contact.ti|")


class TestKeysAndNames:
    def test_what_may_stand_in_a_scenario_and_does_not_yet(self):
        found = typed("entry: once", "|")
        assert {"goal", "holdout", "entry"} <= set(found)
        assert "audience" not in found

    def test_verbs_where_a_step_begins(self):
        found = typed("- email: welcome_hello", "- |")
        assert {"email", "wait_for", "choose", "exit"} <= set(found)

    def test_options_of_the_verb_that_is_written(self):
        found = typed("    up_to: 7 days", "    |")
        assert {"up_to", "timeout", "only_if"} <= set(found)
        assert {"with", "hours", "id"}.isdisjoint(found)

    def test_keys_in_braces(self):
        found = typed("entry: once", "goal: { event: order.placed, | }")
        assert found == ["where", "within", "exit"]

    def test_templates_of_the_channel(self):
        found = typed("email: welcome_hello", "email: |")
        assert "welcome_hello" in found
        assert "_brand" not in found

    def test_variables_that_the_template_asks_for(self):
        text = SCENARIO.replace("email: welcome_hello", "email: welcome_code")
        assert "valid_until" in offered(text.replace("with: { code: take(welcome_10) }", "with: { | }"))

    def test_events_of_a_trigger(self):
        assert "order.placed" in typed("event: order.placed", "event: |")

    @pytest.mark.parametrize(
        ("old", "new", "among"),
        [
            ("topic: newsletter", "topic: |", "service"),
            ("entry: once", "entry: |", "once per 90 days"),
            ("entry: once", "entry: once\nwhile_active: |", "restart"),
            ("gold }", "| }", "silver"),
            ("entry: once", "exit_when: [|]", "order.placed"),
            ("contact.tier: gold", "contact.po|", "contact.points"),
        ],
    )
    def test_names_and_closed_words(self, old: str, new: str, among: str):
        assert among in typed(old, new)

    def test_nothing_in_a_comment(self):
        assert typed("entry: once", "entry: once # |") == []


class TestOtherFiles:
    def test_conditions_of_limits_speak_of_the_message(self):
        text = "pressure:\n  limits:\n    - { at_most: 1, per: 1 day, when: | }\n"
        found = offered(text, "scenarios/policy.yaml")
        assert {"priority", "tags", "contact.tier"} <= set(found)

    def test_a_limit_is_of_a_person_or_a_household(self):
        text = "pressure:\n  limits:\n    - { at_most: 1, per: 1 day, WHAT }\n"
        assert "of" in offered(text.replace("WHAT", "|"), "scenarios/policy.yaml")
        assert offered(text.replace("WHAT", "of: |"), "scenarios/policy.yaml") == ["person", "household"]

    def test_keys_of_an_attribute(self):
        text = "contact:\n  email: { | }\n"
        assert {"type", "choice", "personal"} <= set(offered(text, "scenarios/catalog.yaml"))

    def test_keys_and_words_of_an_event(self):
        """How an event stands in a timeline: the keys, the media and the directions."""
        text = "events:\n  call.received: { reason: text, WHAT }\n"
        path = "scenarios/catalog.yaml"
        assert {"_medium", "_direction", "_where", "_outcome"} <= set(
            offered(text.replace("WHAT", "|"), path)
        )
        assert "phone" in offered(text.replace("WHAT", "_medium: |"), path)
        assert {"in", "out", "none"} <= set(offered(text.replace("WHAT", "_direction: |"), path))

    def test_conditions_of_segments(self):
        assert "contact.tier" in offered("vip:\n  is: contact.|\n", "scenarios/segments.yaml")

    def test_stories_know_events_steps_and_messages(self):
        text = "scenarios: [welcome]\nstories:\n  - name: a\n    when:\n      - { at: day 0, WHAT }\n"
        path = "scenarios/onboarding/welcome.test.yaml"
        assert "order.placed" in offered(text.replace("WHAT", "event: |"), path)
        assert "hello" in offered(text.replace("WHAT", "clicks: |"), path)
        assert {"event", "clicks", "unsubscribes"} <= set(offered(text.replace("WHAT", "|"), path))
