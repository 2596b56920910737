"""The virtual world beyond one person: many share pools and flow in evenly, and circles are found out."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dsl.compiler import Project
from dsl.plan import EmitStep, Entry, EventTrigger
from engine.virtual import deeds, occasions
from engine.virtual.person import Person
from engine.virtual.time import Endless, run_until
from engine.virtual.world import Happened, Outside, VirtualWorld
from tests.engine.story_projects import SUBSCRIBED, scenario, story, write
from tests.engine.world_builders import START, pattern, plan, world

PARIS = ZoneInfo("Europe/Paris")
MIDNIGHT = datetime(2027, 2, 15, tzinfo=PARIS)


def project_of(folder: Path, steps: str, **more: str) -> Project:
    return write(folder, {"case": scenario(steps, **more)}, story(SUBSCRIBED, ""))


def living(project: Project, count: int, **outside: dict[str, int]) -> tuple[VirtualWorld, list[Happened]]:
    """A world of so many subscribers, in which the project's scenario is in force."""
    happened: list[Happened] = []
    virtual = VirtualWorld(project.world, MIDNIGHT, happened.append, outside=Outside(**outside))
    for number in range(count):
        person = Person(f"c_{number:03}", MIDNIGHT, {"email": f"c{number}@example.com", "country": "FR"})
        deeds.agreed(person, "newsletter", "email", None)
        deeds.add_person(virtual, person)
    virtual.put_in_force(project.scenarios["case"].plan)
    occasions.schedule(virtual, "case")
    return virtual, happened


def test_everybody_is_scanned_and_nobody_twice(tmp_path: Path) -> None:
    project = project_of(tmp_path, "- email: hello\n", trigger="every: day at 09:00")
    virtual, happened = living(project, 40)
    run_until(virtual, MIDNIGHT + timedelta(days=3))
    sent = [each.person for each in happened if each.kind == "message"]
    assert sorted(sent) == sorted(list(virtual.people) * 3)
    assert {f"{each.at.astimezone(PARIS):%H:%M}" for each in happened} == {"09:00"}


def test_a_pool_is_shared(tmp_path: Path) -> None:
    """The codes go to those who ask first; a message that is not sent gives none away."""
    steps = "- { email: hello, with: { code: take(winback_15) }, on_cap: drop }\n"
    project = project_of(tmp_path, steps, trigger="every: day at 09:00")
    virtual, happened = living(project, 10, pools={"winback_15": 4})
    run_until(virtual, MIDNIGHT + timedelta(hours=12))
    kinds = [each.because or each.kind for each in happened if each.kind != "exit"]
    assert sorted(kinds) == ["code"] * 6 + ["message"] * 4
    assert virtual.outside.pools == {"winback_15": 0}


def test_a_spread_lets_people_flow_in_evenly(tmp_path: Path) -> None:
    trigger = "at: 2027-02-15 10:00, if_past: skip, spread: 2 hours"
    virtual, happened = living(project_of(tmp_path, "- email: hello\n", trigger=trigger), 4)
    run_until(virtual, MIDNIGHT + timedelta(days=1))
    sent = [f"{each.at.astimezone(PARIS):%H:%M}" for each in happened if each.kind == "message"]
    assert sent == ["10:00", "10:30", "11:00", "11:30"]


@pytest.mark.parametrize("trigger", ["every: day at 09:00", "at: 2027-02-15 09:00, if_past: enter"])
def test_the_first_of_a_zone_takes_part_in_what_was_over_only_if_known_then(
    tmp_path: Path, trigger: str
) -> None:
    """At 7:00 in Paris it was 9:00 in Tokyo six hours ago; there it is 9:00 next on the following day."""
    virtual, happened = living(project_of(tmp_path, "- email: hello\n", trigger=trigger), 1)
    run_until(virtual, MIDNIGHT + timedelta(hours=7))
    newcomer = Person("new", virtual.now, {"email": "n@example.com", "timezone": "Asia/Tokyo"})
    deeds.agreed(newcomer, "newsletter", "email", None)
    deeds.add_person(virtual, newcomer)
    run_until(virtual, MIDNIGHT + timedelta(hours=8))
    assert [each for each in happened if each.kind == "message"] == []


def test_who_moves_to_a_zone_of_nobody_takes_part_in_what_was_due_there(tmp_path: Path) -> None:
    """As production makes it up; and once, since nine o'clock in Paris is no longer theirs."""
    project = project_of(tmp_path, "- email: hello\n", trigger="every: day at 09:00")
    virtual, happened = living(project, 2)
    run_until(virtual, MIDNIGHT + timedelta(hours=7))
    deeds.changes(virtual, virtual.people["c_000"], {"timezone": "Asia/Tokyo"}, "test")
    run_until(virtual, MIDNIGHT + timedelta(hours=10))
    deeds.changes(virtual, virtual.people["c_001"], {"timezone": "America/New_York"}, "test")
    run_until(virtual, MIDNIGHT + timedelta(hours=24))
    sent = [(each.person, f"{each.at.astimezone(PARIS):%H}") for each in happened if each.kind == "message"]
    assert sent == [("c_000", "07"), ("c_001", "09")]


def test_what_goes_round_in_a_circle_is_found_out() -> None:
    """The checker refuses such scenarios; a world that is given one all the same does not hang."""
    emits = plan(EmitStep("again", "order.placed", None), entry=Entry("always"))
    circle = replace(emits, triggers=(EventTrigger(pattern("order.placed")),))
    virtual = VirtualWorld(world(), START, lambda _happened: None)
    person = Person("c_1", START, {"email": "c@example.com"})
    deeds.add_person(virtual, person)
    virtual.put_in_force(circle)
    with pytest.raises(Endless):
        deeds.happens(virtual, person, "order.placed", {})
