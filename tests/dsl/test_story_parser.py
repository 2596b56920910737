"""Stories as they are read: values by the catalog, points of the calendar, and every mistake at its place."""

from datetime import date, time
from pathlib import Path

import pytest

from dsl.compiler import Project, compile_project
from dsl.story import (
    Calls,
    Changes,
    Confirms,
    Consented,
    Expected,
    Happens,
    Later,
    Pauses,
    Reacts,
    Replies,
    Story,
    Unsubscribes,
    When,
)
from dsl.story_values import when
from tests.dsl.test_compiler import project, scenario

STEPS = (
    "  - email: hello\n    id: hi\n  - call: open_case\n  - task: Call back\n    team: care\n"
    "  - emit: product.viewed\n  - split: { a: 50%, b: 50% }\n    id: test\n"
    "    branches: { a: [], b: [{ exit: bored }] }\n"
)


def compiled(folder: Path, body: str, head: str = "scenarios: [case]\nstarts: 2027-02-15\n") -> Project:
    """The golden project with one scenario and one file of stories."""
    project(folder, case=scenario(STEPS, "goal: order.placed\nholdout: 5%\n"))
    (folder / "scenarios" / "program" / "case.test.yaml").write_text(head + "stories:\n" + body)
    return compile_project(folder)


def read(folder: Path, body: str) -> Story:
    found = compiled(folder, "  - name: it\n" + body)
    assert [f"{each.code} {each.message}" for each in found.errors] == []
    (file,) = found.stories
    return file.stories[0]


def mistakes(folder: Path, body: str) -> list[str]:
    """Code, place and message of what is wrong."""
    found = compiled(folder, "  - name: it\n" + body)
    return [f"{each.code} {each.message}" for each in found.errors]


@pytest.mark.parametrize(("text", "point"), [
    ("day 3", When(3)),
    ("day -400", When(-400)),
    ("day 0 09:00", When(0, time(9))),
    ("2027-02-18 10:30", When(date(2027, 2, 18), time(10, 30))),
    ("2027-02-18", When(date(2027, 2, 18))),
])  # fmt: skip
def test_points_of_the_calendar(text: str, point: When) -> None:
    assert when(text) == point
    assert str(point) == text


@pytest.mark.parametrize("text", ["monday", "day three", "day 3 25:00", "2027-02-30", "10:00", "day 3 9:00"])
def test_what_is_no_point_of_the_calendar(text: str) -> None:
    with pytest.raises(ValueError, match=r"written|no such day"):
        when(text)


GIVEN = (
    "    given:\n"
    "      contact:\n"
    "        { country: NO, points: 12.5, birthdate: 1988-02-22, renewal_date: day 8, first_name: 3 }\n"
    "      consent: { newsletter: [email, sms], service: { channels: [email], from: day -10 } }\n"
    "      tracking: { of: [clicks], from: day -3 }\n"
    "      events:\n"
    "        - { event: order.placed, at: day -400, with: { total: 25, items: [{ sku: A, qty: 2 }] } }\n"
    "      messages: [{ message: hello, channel: email, at: day -3 }]\n"
    "      pool: { winback_15: 0 }\n"
    "      answers: { open_case: { case_id: c1 } }\n"
    "      holdout: true\n"
    "      arms: { test: b }\n"
    "    expect: []\n"
)


def test_given_is_typed_by_the_catalog(tmp_path: Path) -> None:
    """`NO` is a country, a number is a number, a date may be a day of the story."""
    given = read(tmp_path, GIVEN).given
    assert given.contact == {
        "country": "NO",
        "points": 12.5,
        "birthdate": Later(When(date(1988, 2, 22)), "date"),
        "renewal_date": Later(When(8), "date"),
        "first_name": "3",
    }
    assert given.consents == (
        Consented("newsletter", "email"),
        Consented("newsletter", "sms"),
        Consented("service", "email", When(-10)),
        Consented("tracking", "clicks", When(-3)),
    )
    assert given.events[0].properties == {"total": 25, "items": [{"sku": "A", "qty": 2}]}
    assert (given.messages[0].message, given.messages[0].at) == ("hello", When(-3))
    assert (given.pools, given.answers) == ({"winback_15": 0}, {"open_case": {"case_id": "c1"}})
    assert (given.holdout, given.arms) == (True, {"test": "b"})


@pytest.mark.parametrize(("line", "deed"), [
    ("event: order.placed, with: { total: 3 }", Happens("order.placed", {"total": 3})),
    ("changes: { tier: gold }", Changes({"tier": "gold"}, "story")),
    ("changes: { tier: gold }, source: import", Changes({"tier": "gold"}, "import")),
    ("opens: hi", Reacts("opens", "hi")),
    ("clicks: hi, link: keep_me", Reacts("clicks", "hi", "keep_me")),
    ("bounces: hi", Reacts("bounces", "hi")),
    ("complains: hi, scenario: case", Reacts("complains", "hi")),
    ('replies: "STOP"', Replies("STOP")),
    ("replies: oui, to: sms", Replies("oui")),
    ("unsubscribes: newsletter", Unsubscribes("newsletter", "email")),
    ("unsubscribes: newsletter, channel: sms", Unsubscribes("newsletter", "sms")),
    ("confirms: newsletter", Confirms("newsletter")),
    ("pauses: case", Pauses("case", resumes=False)),
    ("resumes: email", Pauses("email", resumes=True)),
    ("pauses:", Pauses("everything", resumes=False)),
])  # fmt: skip
def test_every_line_of_when(tmp_path: Path, line: str, deed: object) -> None:
    story = read(tmp_path, f"    when:\n      - {{ at: day 1, {line} }}\n    expect: []\n")
    assert story.lines[0].deed == deed
    assert story.lines[0].at == When(1)


def test_a_call_reads_the_inputs_of_the_trigger(tmp_path: Path) -> None:
    project(tmp_path, case=scenario("  - email: hello\n").replace(
        "event: contact.subscribed", "api: { input: { reason: text, points: number } }"
    ))  # fmt: skip
    (tmp_path / "scenarios" / "program" / "case.test.yaml").write_text(
        "scenarios: [case]\nstarts: 2027-02-15\nstories:\n  - name: it\n    when:\n"
        "      - { at: day 0 09:00, calls: case, with: { reason: vip, points: 3 } }\n    expect: []\n"
    )
    (file,) = compile_project(tmp_path).stories
    assert file.stories[0].lines[0].deed == Calls("case", {"reason": "vip", "points": 3})


@pytest.mark.parametrize(("line", "fields"), [
    ("email: hello", {"kind": "message", "name": "hello", "channel": "email"}),
    ("call: open_case", {"kind": "call", "name": "open_case"}),
    ("task: Call back", {"kind": "task", "name": "Call back"}),
    ("exit: goal", {"kind": "exit", "name": "goal"}),
    ("exit: bored", {"kind": "exit", "name": "bored"}),
    ("exit: lost_consent", {"kind": "exit", "name": "lost_consent"}),
    ("not_sent: hello, because: hours", {"kind": "not_sent", "name": "hello", "because": "hours"}),
    ("emit: product.viewed, scenario: case", {"kind": "emit", "name": "product.viewed", "scenario": "case"}),
    ("set: { contact.points: 510 }", {"kind": "set", "name": "contact.points", "value": 510}),
    ("set: { run.total: 2.5 }", {"kind": "set", "name": "run.total", "value": 2.5}),
])  # fmt: skip
def test_every_line_of_expect(tmp_path: Path, line: str, fields: dict[str, object]) -> None:
    story = read(tmp_path, f"    expect:\n      - {{ at: day 1, {line} }}\n")
    (found,) = story.expected
    assert isinstance(found, Expected)
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(("body", "told"), [
    ("expext: []", ["E122 a story needs `expect`", "E121 a story has no `expext`"]),
    ("given: { contact: { teir: gold } }", ["E211 `contact` has no attribute `teir`"]),
    ("given: { consent: { newsletter: [phone] } }", ["E214 unknown channel `phone`"]),
    ("given: { consent: { news: [email] } }", ["E215 unknown topic `news`"]),
    (
        "given: { messages: [{ message: hello, channel: email, at: day -1, to: household }] }",
        ["E221 the person of this story lives in no household"],
    ),
    ("given: { tracking: [reads] }", ["E124 `tracking` cannot be `reads`"]),
    ("given: { answers: { open_case: maybe } }", ["E124 `open_case` cannot be `maybe`"]),
    ("given: { answers: { opn_case: fails } }", ["E218 unknown webhook `opn_case`"]),
    ("given: { arms: { test: c } }", ["E124 the arm of `test` cannot be `c`"]),
    ("given: { arms: { tset: a } }", ["E803 unknown split `tset`"]),
    ("when: [{ at: day 1, event: order.plcaed }]", ["E210 unknown event `order.plcaed`"]),
    (
        "when: [{ at: day 1, event: order.placed, with: { totl: 3 } }]",
        ["E213 `order.placed` has no property `totl`"],
    ),
    (
        "when: [{ at: day 1, event: message.clicked }]",
        ["E802 `message.clicked` follows from what a person does"],
    ),
    ("when: [{ event: order.placed }]", ["E122 `event` needs `at`"]),
    ("when: [{ at: noon, opens: hi }]", ["E123 `at`: `noon` is not understood"]),
    ("when: [{ at: day 99999, opens: hi }]", ["E123 `at`: `day 99999` is 99999 days after `starts`"]),
    ("when: [{ at: day -4001, opens: hi }]", ["E123 `at`: `day -4001` is 4001 days before `starts`"]),
    ("when: [{ at: 2127-02-15, opens: hi }]", ["E123 `at`: `2127-02-15` is 36524 days after `starts`"]),
    ("given: { events: [{ event: order.placed, at: 0001-01-01 }] }",
     ["E123 `at`: `0001-01-01` is not understood"]),
    ("expect: [{ at: 9999-12-31, exit: goal }]", ["E123 `at`: `9999-12-31` is not understood"]),
    ("when: [{ at: day 1, changes: { created_at: day 0 } }]",
     ["E212 `created_at` cannot be changed"]),
    ("when: [{ at: day 1, calls: case }]", ["E801 unknown scenario `case`"]),
    ("when: [{ at: day 1, pauses: cse }]", ["E801 unknown scenario or channel `cse`"]),
    ("when: [{ at: day 1, opens: hi, scenario: other }]", ["E801 unknown scenario `other`"]),
    ("expect: [{ at: day 0, exit: boerd }]", ["E806 unknown reason of an end `boerd`"]),
    ("expect: [{ at: day 0, not_sent: hello }]", ["E122 `not_sent` needs `because`"]),
    ("expect: [{ at: day 0, not_sent: hello, because: luck }]", ["E124 `because` cannot be `luck`"]),
    ("expect: [{ at: day 0, set: { contact.pionts: 3 } }]", ["E211 unknown attribute `contact.pionts`"]),
    ("expect: [{ at: day 0, task: Call }]", ["E804 unknown task `Call`"]),
])  # fmt: skip
def test_every_mistake_is_one_diagnostic(tmp_path: Path, body: str, told: list[str]) -> None:
    lines = f"    {body}\n" + ("" if body.startswith("exp") else "    expect: []\n")
    assert mistakes(tmp_path, lines) == told


@pytest.mark.parametrize("starts", ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_a_story_begins_within_the_calendar(tmp_path: Path, starts: str) -> None:
    """At the ends of the calendar the day before or after the story would be none."""
    found = compiled(tmp_path, "  - { name: it, expect: [] }\n", f"scenarios: [case]\nstarts: {starts}\n")
    assert [each.message for each in found.errors] == [f"`starts`: `{starts}` is not understood"]
    assert found.errors[0].help == "the calendar of stories is that of the years 1900 to 2200"


def test_two_stories_of_one_name(tmp_path: Path) -> None:
    found = compiled(tmp_path, "  - { name: it, expect: [] }\n  - { name: it, expect: [] }\n")
    assert [each.code for each in found.errors] == ["E202"]


def test_a_scenario_with_a_mistake_makes_no_error_in_its_stories(tmp_path: Path) -> None:
    """What it would have had is not called unknown."""
    project(tmp_path, case="scenario: case\ntopic: newsletter\ntriger: 3\nentry: once\nsteps: []\n")
    (tmp_path / "scenarios" / "program" / "case.test.yaml").write_text(
        "scenarios: [case]\nstarts: 2027-02-15\nstories:\n  - name: it\n"
        "    when: [{ at: day 1, clicks: hi }]\n    expect: [{ at: day 0, sms: anything }]\n"
    )
    assert {each.file.path.rpartition("/")[2] for each in compile_project(tmp_path).errors} == {"case.yaml"}


def test_a_file_without_a_story_tells_nothing(tmp_path: Path) -> None:
    """The scenario is warned of as if there were no file."""
    found = compiled(tmp_path, "  []\n")
    assert "W442" in {each.code for each in found.diagnostics}


def test_what_a_story_publishes_is_no_scenario_of_the_project(tmp_path: Path) -> None:
    """It is checked all the same, as if it stood for the one of its name."""
    body = "  - { name: it, when: [{ at: day 1, publishes: case_v2.yaml }], expect: [] }\n"
    later = tmp_path / "scenarios" / "program" / "case_v2.yaml"
    project(tmp_path, case=scenario(STEPS, "goal: order.placed\nholdout: 5%\n"))
    later.write_text(scenario("  - email: offer\n"))
    (tmp_path / "scenarios" / "program" / "case.test.yaml").write_text(
        f"scenarios: [case]\nstarts: 2027-02-15\nstories:\n{body}"
    )
    found = compile_project(tmp_path)
    assert found.errors == ()
    assert list(found.scenarios) == ["case"]
    assert [each.name for each in found.editions.values()] == ["case"]
    later.write_text(scenario("  - email: ofer\n"))
    (error,) = compile_project(tmp_path).errors
    assert (error.code, error.file.path) == ("E610", later.as_posix())
