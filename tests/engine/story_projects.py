"""Small projects with stories, compiled and played."""

import shutil
from pathlib import Path
from textwrap import dedent, indent

from commands.story_reports import Verdict
from dsl.compiler import Project, compile_project
from engine.stories import Stage, play
from engine.story_comparison import compare

BASE = Path(__file__).parents[1] / "dsl" / "golden" / "project"
SUBSCRIBED = "{ at: day 0 09:00, event: contact.subscribed, with: { list: news } }"

PERSON = """\
given:
  contact: { country: FR, email: ada@example.com, phone: "+33639980001", tier: bronze, points: 10 }
  consent: { newsletter: [email, sms] }
  tracking: [opens, clicks]
"""


POLICY = """
time_zone: { default: Europe/Paris, by_country: { CH: Europe/Zurich } }
hours:
  email: { allow: "07:00-22:00" }
  sms: { allow: "10:00-20:00", days: mon-sat, holidays: skip }
pressure:
  limits: [{ at_most: 9, per: 1 day }]
  exempt: [transactional]
  on_cap: delay up to 3 days
expires: 4 days
late_events: 1 day
tracking: { opens: with_consent, clicks: with_consent }
"""

ONE_A_DAY = POLICY.replace("at_most: 9", "at_most: 1")


def scenario(
    steps: str, head: str = "", name: str = "case", trigger: str = "event: contact.subscribed"
) -> str:
    """A scenario that whoever subscribes enters, unless its trigger is another."""
    return (
        f"scenario: {name}\ntopic: newsletter\ntrigger: {{ {trigger} }}\nentry: always\n"
        f"{dedent(head)}steps:\n{indent(dedent(steps), '  ')}"
    )


def story(when: str, expect: str, given: str = PERSON, name: str = "it goes like this") -> str:
    """One story of a list; `when` and `expect` are lines without dashes."""
    parts = [f"name: {name}", given.rstrip()]
    parts += ["when:", *(f"  - {line}" for line in _lines(when))] if _lines(when) else []
    lines = _lines(expect)
    parts += ["expect:", *(f"  - {line}" for line in lines)] if lines else ["expect: []"]
    text = indent("\n".join(parts), "    ")
    return f"  - {text.lstrip()}\n"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


def write(
    folder: Path,
    scenarios: dict[str, str],
    stories: str,
    *,
    policy: str = POLICY,
    segments: str = "",
    household: str = "",
    **files: str,
) -> Project:
    """Write a project with stories of all its scenarios, and compile it; it must have no errors.

    `household`: the name of an attribute that says who lives together.
    """
    shutil.copytree(BASE, folder, dirs_exist_ok=True)
    if household:
        catalog = folder / "scenarios" / "catalog.yaml"
        declared = f"  {household}: {{ type: text, personal: true, purpose: fewer messages }}\n  country:"
        told = catalog.read_text().replace("  country:", declared, 1)
        catalog.write_text(f"{told}\nhousehold: {household}\n")
    program = folder / "scenarios" / "program"
    program.mkdir(exist_ok=True)
    for name, text in (scenarios | files).items():
        (program / f"{name}.yaml").write_text(text)
    (folder / "scenarios" / "policy.yaml").write_text(policy)
    with (folder / "scenarios" / "segments.yaml").open("a") as file:
        file.write(segments)
    (folder / "codes").mkdir(exist_ok=True)
    (folder / "codes" / "winback_15.csv").write_text("code\n" + "".join(f"W{n}\n" for n in range(9)))
    head = f"scenarios: [{', '.join(scenarios)}]\nstarts: 2027-02-15\nstories:\n"
    (program / "case.test.yaml").write_text(head + stories)
    project = compile_project(folder)
    assert [f"{each.code} {each.message}" for each in project.errors] == []
    return project


def stage_of(project: Project) -> Stage:
    """What its stories are played in."""
    return Stage(
        project.world,
        {name: each.plan for name, each in project.scenarios.items()},
        {path: each.plan for path, each in project.editions.items()},
    )


def verdicts(folder: Path, scenarios: dict[str, str], stories: str, **more: str) -> list[Verdict]:
    """The stories of a project written for them, played and compared."""
    project = write(folder, scenarios, stories, **more)
    stage = stage_of(project)
    return [
        Verdict(played, compare(played, project.catalog))
        for file in project.stories
        for played in (play(each, file, stage) for each in file.stories)
    ]


def holds(folder: Path, scenarios: dict[str, str] | str, stories: str, **more: str) -> None:
    """Every story holds; else the failure is shown as people see it."""
    named = {"case": scenarios} if isinstance(scenarios, str) else scenarios
    found = verdicts(folder, named, stories, **more)
    assert found
    said = "\n".join(each.failure for each in found if each.failure)
    assert all(each.passed for each in found), f"\n{said}"


def failure(folder: Path, scenario_: str, stories: str) -> str:
    """What is said of a story that does not hold."""
    (verdict,) = verdicts(folder, {"case": scenario_}, stories)
    assert verdict.failure is not None
    return verdict.failure
