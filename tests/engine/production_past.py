"""What is there before a story is lived in production: its project, its person, their history."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from dsl.compiler import Project
from dsl.plan import Plan
from dsl.story import (
    PastEvent,
    PastMessage,
    StoryFile,
)
from engine.people import Profile, upsert
from engine.shares import held_out
from engine.virtual.deeds import LONG_AGO
from store import consents, events
from store.consents import ConsentLine
from store.events import NewEvent

if TYPE_CHECKING:
    from tests.engine.production_life import Life

NUMBERS = count(1)


def project_of(file: StoryFile, project: Project, folder: Path) -> Path:
    """A copy of a project in which only the scenarios of a story file are in force."""
    for part in ("scenarios", "templates", "codes"):
        if (project.folder / part).exists():
            shutil.copytree(project.folder / part, folder / part)
    for path in folder.glob("scenarios/*/*.yaml"):
        path.unlink()
    for name in file.scenarios:
        scenario = project.scenarios[name]
        path = folder / scenario.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(scenario.source)
    return folder


def somebody(plans: Iterator[Plan]) -> str:
    """An id that is held out of none of these scenarios."""
    shares = [(plan.scenario, plan.holdout) for plan in plans]
    ids = (f"somebody_{number}" for number in count())
    return next(id_ for id_ in ids if not any(held_out(id_, name, share) for name, share in shares))


async def begin(life: "Life") -> None:
    """The project in force, the person as the story gives them."""
    life.stands_at(life.start())
    await life.relance.publish()
    given = life.story.given
    values = {name: life.calendar.json(value) for name, value in given.contact.items()}
    profile = Profile(life.contact, values, LONG_AGO)
    result = await upsert(
        life.relance.database, life.relance.plans, [profile], source=life.source, now=life.at
    )
    assert not result.errors, result.errors
    lines = [
        ConsentLine(
            life.contact,
            each.topic,
            each.channel,
            "granted",
            "consent",
            "story",
            life.calendar.instant(each.since) if each.since else LONG_AGO,
        )
        for each in given.consents
    ]
    async with life.relance.database.transaction() as connection:
        await consents.append(connection, lines, life.at)
    for pool, left in given.pools.items():
        await life.rows("delete from codes where pool = %s and position > %s returning code", pool, left)
    await life.settle()


async def remember(life: "Life", past: PastEvent | PastMessage, at: datetime) -> None:
    """History of which the router never heard, and messages of before."""
    if isinstance(past, PastEvent):
        properties = life.calendar.json(past.properties)
        event = NewEvent("story", f"e{next(NUMBERS)}", past.event, life.contact, at, properties)
        async with life.relance.database.transaction() as connection:
            await events.append(connection, [event], life.at)
        await life.rows("delete from routing where contact_id = %s returning seq", life.contact)
        return
    await life.rows(
        "insert into messages (run_id, group_id, contact_id, scenario, version, step, iteration, channel,"
        " message, topic, class, priority, state, planned_at, sent_at, local_day, expires_at, provider)"
        " values (%s, 0, %s, '', 1, '', 1, %s, %s, 'newsletter', 'marketing', 0, 'delivered', %s, %s, %s,"
        " %s, 'given') returning id",
        -next(NUMBERS),
        life.contact,
        past.channel,
        past.message,
        at,
        at,
        life.calendar.day(past.at),
        at,
    )
