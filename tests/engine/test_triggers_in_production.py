"""Recipes that begin by an object, a segment or a change, lived in PostgreSQL as their stories say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dsl.compiler import compile_project
from dsl.plan import CallStep, ChangeTrigger, ReachTrigger, ScanTrigger, SegmentTrigger
from dsl.story import Publishes, Story, StoryFile
from engine.ingest import Incoming, ingest
from engine.occurrences import next_after
from engine.publish import publish
from engine.reaching import reach
from engine.segment_rounds import SegmentRounds
from engine.stories import Stage, play
from store.database import Database
from tests.engine.production_life import Life
from tests.engine.production_past import NUMBERS, project_of
from tests.integration.installation import Installation

COOKBOOK = compile_project(Path(__file__).parents[2] / "docs" / "cookbook")
STAGE = Stage(COOKBOOK.world, {name: each.plan for name, each in COOKBOOK.scenarios.items()})
FORMS = (ReachTrigger, SegmentTrigger, ChangeTrigger)
HOUR = timedelta(hours=1)


class LifeWithLooks(Life):
    """A life in which segments are looked at, and events about objects happen."""

    rounds: SegmentRounds | None = None
    source = "import"
    """The person was there before: their creation is no news."""

    async def _until(self, instant, *, inclusive=True):
        if self.rounds is None:
            self.rounds = SegmentRounds(self.relance.database, self.relance.plans)
            await self.settle()
        await super()._until(instant, inclusive=inclusive)

    async def settle(self):
        if self.rounds:
            await self.rounds.look(self.at)
        await self.relance.route()
        while await reach(self.relance.database, self.relance.plans, self.at):
            pass
        await super().settle()

    async def _next_due(self):
        looks = [each for each in self._looks() if each <= self._last_instant()]
        found = await super()._next_due()
        return min((each for each in (found, *looks) if each), default=None)

    def _looks(self):
        for name in self.file.scenarios:
            plan = self.stage.plans[name]
            zone = ZoneInfo(plan.zone) if plan.zone else self.calendar.zone
            for trigger in plan.triggers:
                if isinstance(trigger, SegmentTrigger) and trigger.checked_at:
                    yield next_after(ScanTrigger("day", trigger.checked_at), zone, self.at)
                elif isinstance(trigger, SegmentTrigger):
                    yield self.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR

    async def _happen(self, name, properties, at):
        about = COOKBOOK.catalog.events[name].about
        event = Incoming(f"e{next(NUMBERS)}", name, None if about else self.contact, at, properties)
        database, plans = self.relance.database, self.relance.plans
        result = await ingest(database, plans, [event], source="story", now=self.at)
        assert not result.errors, result.errors


def concerned(file: StoryFile) -> bool:
    plans = [STAGE.plans[name] for name in file.scenarios]
    calls = any(isinstance(step, CallStep) for plan in plans for step in plan.steps)
    return not calls and any(isinstance(each, FORMS) for plan in plans for each in plan.triggers)


STORIES = [
    pytest.param(file, story, id=f"{file.scenarios[0]}: {story.name}")
    for file in COOKBOOK.stories
    if concerned(file)
    for story in file.stories
    if not any(isinstance(line.deed, Publishes) for line in story.lines)
]


@pytest.mark.parametrize(("file", "story"), STORIES)
async def test_a_recipe_is_carried_out_as_its_story_says(
    file: StoryFile, story: Story, database: Database, tmp_path: Path
) -> None:
    """Messages and ends, to the minute."""
    folder = project_of(file, COOKBOOK, tmp_path / "project")
    relance = Installation(database, None, tmp_path / "outbox", project=folder)
    life = LifeWithLooks.of(relance, story, file, STAGE)
    await life.live()
    told = [h for h in play(story, file, STAGE).happened if h.kind in ("message", "not_sent", "exit")]
    assert await life.timeline() == sorted(
        (h.at, h.channel if h.kind == "message" and h.channel else h.kind, h.name) for h in told
    )


async def test_the_whole_cookbook_is_published(database: Database) -> None:
    """Every form that it shows is carried out."""
    now = datetime(2027, 2, 15, 8, tzinfo=UTC)
    result = await publish(database, COOKBOOK.folder, author="me", now=now)
    assert {name for name, _ in result.versions} == set(COOKBOOK.scenarios)
