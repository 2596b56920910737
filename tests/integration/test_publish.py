"""Publishing on a real database: all or nothing, only what changed, and nobody in flight surprised."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.advance import advance
from engine.publish import Publication, PublishRefused, publish
from store.database import Database
from tests.integration.installation import Installation

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SHIPPED = ("birthday", "double_opt_in", "letter", "reactivation", "welcome")
SUBSCRIBED = {"list": "newsletter", "source": "site"}


def edit(file: Path, old: str, new: str) -> None:
    """Change a file as its author would."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def remove(*files: Path) -> None:
    """Take files, and what is in folders, away."""
    for file in files:
        if file.is_dir():
            remove(*file.iterdir())
        else:
            file.unlink()


@pytest.fixture
def welcome(project: Path) -> Path:
    """The file of the welcome scenario in a copy of the shipped project."""
    return project / "scenarios" / "onboarding" / "welcome.yaml"


@pytest.fixture
def relance(database: Database, project: Path, tmp_path: Path) -> Installation:
    return Installation(database, None, tmp_path / "outbox", at=MONDAY, project=project)


async def put(relance: Installation, **more: bool) -> Publication:
    return await publish(relance.database, relance.project, author="me", now=MONDAY, **more)


async def subscribe(relance: Installation) -> None:
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()


async def test_the_first_publication_puts_everything_in_force(relance: Installation) -> None:
    result = await put(relance)
    assert result.versions == tuple((name, 1) for name in SHIPPED)
    assert set(await relance.plans.current()) == {*SHIPPED}
    (codes,) = await relance.rows("select count(*) as n from codes where pool = 'welcome_10'")
    (told,) = await relance.rows("select actor, action, data from audit")
    assert codes["n"] > 0
    assert (told["actor"], told["action"], told["data"]["lines"]) == ("me", "publish", list(result.lines))


async def test_publishing_the_same_again_changes_nothing(relance: Installation) -> None:
    await put(relance)
    result = await put(relance)
    assert (result.versions, result.withdrawn, result.world_changed) == ((), (), False)
    assert result.lines == tuple(f"{name}: unchanged" for name in SHIPPED)


async def test_a_comment_makes_no_version_and_a_change_makes_one(
    relance: Installation, welcome: Path
) -> None:
    await put(relance)
    edit(welcome, "scenario: welcome", "# for the new season\nscenario: welcome")
    assert (await put(relance)).versions == ()
    edit(welcome, "up_to: 7 days", "up_to: 9 days")
    assert (await put(relance)).versions == (("welcome", 2),)
    (first,) = await relance.rows(
        "select source from scenario_versions where (scenario, version) = ('welcome', 1)"
    )
    assert "up_to: 7 days" in first["source"]


async def test_going_back_is_publishing_the_old_text(relance: Installation, welcome: Path) -> None:
    await put(relance)
    edit(welcome, "up_to: 7 days", "up_to: 9 days")
    await put(relance)
    edit(welcome, "up_to: 9 days", "up_to: 7 days")
    assert (await put(relance)).versions == (("welcome", 3),)


async def test_going_back_to_an_earlier_policy_puts_it_in_force(relance: Installation) -> None:
    await put(relance)
    policy = relance.project / "scenarios" / "policy.yaml"
    edit(policy, "expires: 4 days", "expires: 6 days")
    assert (await put(relance)).world_changed
    edit(policy, "expires: 6 days", "expires: 4 days")
    assert (await put(relance)).world_changed
    assert (await relance.plans.world()).policy.expires.days == 4


async def test_people_in_flight_finish_on_the_version_they_entered_with(
    relance: Installation, welcome: Path
) -> None:
    await put(relance)
    await subscribe(relance)
    edit(welcome, "wait: 3 days", "wait: 5 days")
    result = await put(relance)
    assert "welcome: version 2; people in flight finish where they are: 1 on version 1" in result.lines
    (group,) = await relance.rows("select id, version from groups")
    await advance(relance.database, relance.plans, group["id"], MONDAY)
    (run,) = await relance.rows("select version from runs")
    assert run["version"] == 1


async def test_a_scenario_whose_file_is_gone_takes_no_more_entries(
    relance: Installation, welcome: Path
) -> None:
    await put(relance)
    remove(welcome, *(welcome.with_name(f"{name}.test.yaml") for name in ("welcome", "double_opt_in")))
    result = await put(relance)
    assert result.withdrawn == ("welcome",)
    await subscribe(relance)
    assert await relance.rows("select 1 from runs") == []


async def test_a_mistake_anywhere_publishes_nothing(relance: Installation, welcome: Path) -> None:
    await put(relance)
    birthday = relance.project / "scenarios" / "loyalty" / "birthday.yaml"
    edit(birthday, "offset: -7 days", "offset: -5 days")
    edit(welcome, "contact.country", "contact.cuntry")
    with pytest.raises(PublishRefused, match=r"welcome\.yaml:\d+:\d+: E\d+"):
        await put(relance)
    assert (await relance.plans.current())["birthday"][0] == 1


async def test_a_dry_run_says_it_all_and_changes_nothing(relance: Installation) -> None:
    result = await put(relance, dry_run=True)
    assert "welcome: version 1" in result.lines
    assert await relance.rows("select 1 from scenario_versions") == []


async def test_people_in_flight_are_not_moved_to_where_their_variables_are_read_as_another_type(
    relance: Installation, welcome: Path
) -> None:
    """It says how many there are; who finishes on their version is nobody's worry."""
    edit(welcome, "steps:\n", 'on_edit: finish\nsteps:\n  - { set: { run.seen: "none" }, id: note }\n')
    await put(relance)
    await subscribe(relance)
    edit(welcome, '{ set: { run.seen: "none" }, id: note }', "{ set: { run.seen: 3 }, id: note }")
    with welcome.open("a", encoding="utf-8") as file:
        file.write("  - { task: Ring, team: shop, id: ring, only_if: run.seen > 2 }\n")
    assert (await put(relance, dry_run=True)).versions == (("welcome", 2),)
    edit(welcome, "on_edit: finish", "on_edit: { move: exit }")
    said = "welcome: 1 people are moved from version 1, for whom `run.seen` is text, which step `ring`"
    with pytest.raises(PublishRefused, match=said):
        await put(relance, dry_run=True)


async def test_what_variables_are_makes_no_version_of_a_plan_of_an_earlier_release(
    relance: Installation, welcome: Path
) -> None:
    """Its hash was made of a plan that did not say it; a new one would move people, or let them leave."""
    edit(welcome, "steps:\n", 'steps:\n  - { set: { run.seen: "none" }, id: note }\n')
    await put(relance)
    (row,) = await relance.rows("select hash, plan from scenario_versions where scenario = 'welcome'")
    assert row["plan"].pop("variables")
    text = json.dumps(row["plan"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert row["hash"] == hashlib.sha256(text.encode()).hexdigest()


async def test_a_missing_code_file_is_named(relance: Installation) -> None:
    remove(relance.project / "codes" / "welcome_10.csv")
    with pytest.raises(PublishRefused, match=r"codes/welcome_10\.csv: the file of a code pool is missing"):
        await put(relance)


async def test_a_text_that_people_in_flight_still_need_cannot_go(
    relance: Installation, welcome: Path
) -> None:
    await put(relance)
    await subscribe(relance)
    edit(welcome, "email: welcome_best_sellers", "email: welcome_hello")
    remove(relance.project / "templates" / "welcome_best_sellers")
    with pytest.raises(PublishRefused, match="welcome_best_sellers"):
        await put(relance)
