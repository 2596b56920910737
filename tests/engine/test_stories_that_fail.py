"""What is said of stories that do not hold: the first difference, both timelines, and why."""

import json
import re
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest

from commands.story_reports import as_data, as_json, as_junit, text
from tests.engine.story_projects import PERSON, SUBSCRIBED, failure, scenario, story, verdicts

STEPS = "- { email: hello, id: hi }\n- wait: 2 days at 10:00\n- if: clicked(hi)\n  then: [{ email: offer }]\n"
STEPS += "  else: [{ email: hello }]\n"
HELLO = "{ at: day 0 09:00, email: hello }"


def said(folder: Path, expect: str, when: str = SUBSCRIBED, given: str = PERSON) -> list[str]:
    """The lines of the failure."""
    return failure(folder, scenario(STEPS), story(when, expect, given)).splitlines()


def test_another_message_than_the_one_expected(tmp_path: Path) -> None:
    """Both timelines stand side by side, with the first difference marked and the trail that led to it."""
    found = failure(
        tmp_path, scenario(STEPS), story(SUBSCRIBED, f"{HELLO}\n{{ at: day 2 10:00, email: offer }}")
    )
    assert found == dedent("""\
        expected day 2 10:00: email offer; got day 2 10:00: email hello

          expected                     got
          day 0 09:00   email hello    day 0 09:00   email hello
        > day 2 10:00   email offer    day 2 10:00   email hello

        why:
          day 0 09:00   hello left by email
          day 0 09:00   waiting until Wed 17 Feb 2027 at 10:00
          day 2 10:00   clicked(hi): no
          day 2 10:00   hello by email leaves now
          day 2 10:00   hello left by email
          day 2 10:00   came to the end""")


def test_the_right_message_at_the_wrong_time(tmp_path: Path) -> None:
    first, *_ = said(tmp_path, f"{HELLO}\n{{ at: day 3, email: hello }}")
    assert first == "email hello: expected at day 3, came at day 2 10:00"


def test_a_message_too_many(tmp_path: Path) -> None:
    first, *rest = said(tmp_path, HELLO)
    assert first == "expected nothing more; got day 2 10:00: email hello"
    assert any(line.startswith(">") and line.endswith("email hello") for line in rest)


def test_a_message_that_never_came_and_why_nobody_entered(tmp_path: Path) -> None:
    given = PERSON.replace("country: FR", "country: NO")
    text_ = scenario(STEPS, "audience: contact.country == FR\n")
    found = failure(tmp_path, text_, story(SUBSCRIBED, HELLO, given))
    assert found.startswith("expected day 0 09:00: email hello; got nothing\n")
    assert "does not enter case: not in the audience" in found


def test_a_message_that_was_given_up_for_another_reason(tmp_path: Path) -> None:
    given = PERSON.replace("[email, sms]", "[sms]")
    first, *_ = said(tmp_path, "{ at: day 0, not_sent: hello, because: cap }", given=given)
    assert first == (
        "expected day 0: not_sent hello, because cap; got day 0 09:00: not_sent hello, because consent"
    )


def test_what_is_not_written_must_not_happen(tmp_path: Path) -> None:
    """An end for a reason is something that happens."""
    text_ = scenario("- exit: bored\n")
    assert failure(tmp_path, text_, story(SUBSCRIBED, "")).startswith(
        "expected nothing more; got day 0 09:00: exit bored"
    )


def test_another_value(tmp_path: Path) -> None:
    text_ = scenario("- add: { contact.points: 5 }\n")
    found = failure(tmp_path, text_, story(SUBSCRIBED, "{ at: day 0, set: { contact.points: 510 } }"))
    assert found.startswith("expected day 0: set contact.points: 510; got nothing")


def test_nobody_clicks_what_was_not_sent(tmp_path: Path) -> None:
    first, *_ = said(tmp_path, HELLO, "{ at: day 0 09:00, clicks: hi }")
    assert first == "at: day 0 09:00, clicks: hi: `hi` had not been sent by then"


def test_the_order_of_two_days_counts_and_that_of_a_minute_does_not(tmp_path: Path) -> None:
    text_ = scenario("- { email: hello }\n- { task: Call back, team: care }\n")
    task = "{ at: day 0 09:00, task: Call back }"
    (held,) = verdicts(tmp_path / "minute", {"case": text_}, story(SUBSCRIBED, f"{task}\n{HELLO}"))
    assert held.passed
    late = scenario("- { email: hello }\n- wait: 1 day\n- { task: Call back, team: care }\n")
    (failed,) = verdicts(
        tmp_path / "days",
        {"case": late},
        story(SUBSCRIBED, "{ at: day 1, task: Call back }\n{ at: day 0, email: hello }"),
    )
    assert not failed.passed


@pytest.fixture
def both(tmp_path: Path) -> list:
    """A story that holds and one that does not."""
    return verdicts(
        tmp_path,
        {"case": scenario(STEPS)},
        story(SUBSCRIBED, f"{HELLO}\n{{ at: day 2 10:00, email: hello }}", name="holds")
        + story(SUBSCRIBED, HELLO, name="fails"),
    )


def test_json_has_the_promised_fields(both: list) -> None:
    held, failed = json.loads(as_json(both))
    assert (held["scenario"], held["story"], held["passed"], held["failure"]) == ("case", "holds", True, None)
    assert held["timeline"][0] | {"at": "", "kind": "email", "name": "hello", "detail": ""} == (
        held["timeline"][0] | {"at": ""}
    )
    assert held["timeline"][0]["at"] == "2027-02-15T09:00:00+01:00"
    assert failed["passed"] is False
    assert failed["failure"].startswith("expected nothing more")
    assert failed["line"] == as_data(both[1])["line"]


def test_junit_counts_and_names_failures(both: list) -> None:
    root = ET.fromstring(as_junit(both))
    (suite,) = root
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert suite.get("name", "").endswith("case.test.yaml")
    held, failed = suite
    assert (held.get("classname"), held.get("name")) == ("case", "holds")
    assert held.find("failure") is None
    assert "expected nothing more" in failed.find("failure").get("message")


def test_text_names_the_file_the_story_and_its_line(both: list) -> None:
    shown = text(both)
    assert re.search(r"FAILED  \S+case\.test\.yaml  1 of 2 hold", shown)
    assert re.search(r"  fails  \(\S+case\.test\.yaml:\d+\)", shown)
    assert shown.endswith("1 of 2 stories do not hold")
    assert "\x1b" not in shown
