"""How many messages a person gets in a week, by the waits and the entry of a scenario alone."""

import shutil
from pathlib import Path

import pytest

from dsl.compiler import compile_project
from dsl.proofs.pace import least_days, most_a_week, most_days
from dsl.values import Duration

BASE = Path(__file__).parent / "golden" / "project"
HEAD = "scenario: case\ntopic: newsletter\ntrigger: {{ event: contact.subscribed }}\nentry: {entry}\nsteps:\n"
HELLO = "  - email: hello\n"


def week_of(folder: Path, steps: str, entry: str = "once", more: str = "", head: str = HEAD) -> int | None:
    shutil.copytree(BASE, folder, dirs_exist_ok=True)
    (folder / "scenarios" / "case.yaml").write_text(head.format(entry=entry) + steps + more)
    project = compile_project(folder)
    assert project.errors == ()
    return most_a_week(project.scenarios["case"].scenario, project.policy.expires)


@pytest.mark.parametrize(
    ("steps", "most"),
    [
        (HELLO * 3, 3),
        (f"{HELLO}  - wait: 6 days\n{HELLO}", 2),
        (f"{HELLO}  - wait: 7 days\n{HELLO}", 1),
        (f"{HELLO}  - wait: 3 days at 10:00\n{HELLO}  - wait: 3 days\n{HELLO}  - wait: 3 days\n{HELLO}", 3),
        (f"{HELLO}  - wait: 168 hours\n{HELLO}", 2),
        (f"{HELLO}  - wait: until next mon at 09:00\n{HELLO}", 2),
        (f"{HELLO}  - wait: 30 days\n{HELLO * 2}", 2),
        (
            (
                f"{HELLO}  - wait_for: order.placed\n    up_to: 10 days\n    then: []\n"
                "    timeout: [{ email: hello }, { email: hello }]\n"
            ),
            2,
        ),
        (
            (
                f"{HELLO}  - wait_for: order.placed\n    up_to: 10 days\n    then: [{{ email: hello }}]\n"
                "    timeout: []\n"
            ),
            2,
        ),
        ("  - repeat: { every: 14 days, at_most: 9 }\n    steps: [{ email: hello }]\n", 1),
        ("  - repeat: { every: 3 days, at_most: 9 }\n    steps: [{ email: hello }]\n", 4),
        ("  - repeat: { every: 1 day, at_most: 5 }\n    steps: [{ email: hello }, { email: hello }]\n", 10),
        ("  - repeat: { every: 6 hours, at_most: 20 }\n    steps: [{ email: hello }]\n", 20),
        (
            (
                f"  - if: contact.tier == gold\n    then: [{{ email: hello }}, {{ exit: rich }}]\n{HELLO}"
                f"    only_if: contact.points > 3\n{HELLO}"
            ),
            2,
        ),
    ],
)
def test_waits_keep_messages_apart(steps: str, most: int, tmp_path: Path) -> None:
    """Counted in local days: today and the six after."""
    assert week_of(tmp_path, steps) == most


def test_a_pass_that_is_late_comes_near_the_next(tmp_path: Path) -> None:
    """A message that limits held back for its four days is followed by the next in the same week."""
    steps = "  - repeat: { every: 7 days, at_most: 9 }\n    steps: [{ email: hello }]\n"
    assert week_of(tmp_path, steps) == 2


@pytest.mark.parametrize(
    ("entry", "more", "most"),
    [
        ("once", "", 2),
        ("once per 30 days", "", 2),
        ("once per 2 days", "", 16),
        ("always", "", None),
        ("once", "key: event.list\n", None),
    ],
)
def test_entries_add_up(entry: str, more: str, most: int | None, tmp_path: Path) -> None:
    """Runs of one person that can send in the same week; keys have as many as there are values."""
    assert week_of(tmp_path, HELLO * 2, entry, more) == most


RESTART = "while_active: restart\n"


@pytest.mark.parametrize("entry", ["once", "once per 30 days", "always"])
def test_restarts_bound_nothing(entry: str, tmp_path: Path) -> None:
    """Whoever is inside begins again at every event, whatever the rule of entry says."""
    assert week_of(tmp_path, f"{HELLO}  - wait: 20 days\n{HELLO}", entry, RESTART) is None


def test_restarts_by_a_clock_come_as_often_as_it_strikes(tmp_path: Path) -> None:
    """A scan of each week, and a campaign, restart nobody in between."""
    steps = f"{HELLO}  - wait: 20 days\n"
    scan = HEAD.replace("event: contact.subscribed", "every: week on mon at 09:00")
    campaign = HEAD.replace("event: contact.subscribed", "at: 2026-12-01 10:00, if_past: skip")
    assert week_of(tmp_path / "scan", steps, "once", RESTART, scan) == 5
    assert week_of(tmp_path / "campaign", steps, "once", RESTART, campaign) == 1


def test_days_of_a_length() -> None:
    """Hours may cross a midnight or not; the clocks may change in between."""
    assert (least_days(Duration(days=3)), most_days(Duration(days=3))) == (3, 3)
    assert (least_days(Duration(seconds=72 * 3600)), most_days(Duration(seconds=72 * 3600))) == (2, 4)
    assert (least_days(Duration(seconds=60)), most_days(Duration(seconds=60))) == (0, 1)
    assert (least_days(Duration(months=1)), most_days(Duration(months=1))) == (28, 31)


def test_many_ways_are_told_at_once(tmp_path: Path) -> None:
    """Branch after branch, and loops in loops, are no more work than one after the other."""
    branch = "  - if: contact.tier == gold\n    then: [{ email: hello }]\n  - wait: 1 day\n"
    loops = (
        "  - repeat: { every: 1 day, at_most: 1000 }\n    steps:\n"
        "      - repeat: { every: 1 hour, at_most: 1000 }\n        steps: [{ email: hello }]\n"
    )
    assert week_of(tmp_path / "branches", branch * 40) == 7
    assert week_of(tmp_path / "loops", loops) is not None
