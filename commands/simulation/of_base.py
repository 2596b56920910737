"""People of the base, as they are now."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial

from commands.running import Failed, settings
from commands.simulation import assumed
from commands.simulation.asked import Asked, Ready, events_of, with_objects
from engine.plans import InForce, Plans
from engine.simulation import made_up
from engine.simulation.base import Base, Lives, as_recorded, as_told
from engine.simulation.habits import makings
from engine.simulation.reading_habits import read_lives, read_reactions
from engine.simulation.setting import Setting
from store import simulation
from store.database import Connection, Database
from worker import stored_clock


@asynccontextmanager
async def of_base(asked: Asked) -> AsyncIterator[Ready]:
    """A simulation over the base, which stays open meanwhile. Raises Failed, NothingPublished."""
    if asked.first is not None:
        raise Failed("--from is for people of files: the base is as it is now, and begins now")
    database = await Database.open(settings().database_url, size=2)
    try:
        now = (await stored_clock(database)).now()
        plans = Plans(database, settings().secret_keys)
        async with database.connection() as connection:
            yield await _ready(asked, plans, connection, now)
    finally:
        await database.close()


async def _ready(asked: Asked, plans: Plans, connection: Connection, now: datetime) -> Ready:
    extent = await simulation.extent(connection)
    setting = replace(await _setting(asked, plans, connection, now), first_number=extent["number"] + 1)
    reactions, known = await read_reactions(connection, now)
    setting = replace(setting, reactions=reactions)
    rules = InForce((await plans.in_force(connection)).publication, setting.rules, setting.published)
    if asked.events is not None:
        events = events_of(asked)
        setting = with_objects(setting, events)
        lives: Lives = partial(as_told, events.of_people)
        said: Iterable[str] = [assumed.of_file(str(asked.events), events.count)]
    else:
        lives, said = await _lives(asked, plans, connection, rules, extent["since"], now)
    base = Base(connection, plans, rules, setting, lives)
    before = await _before(base, extent["people"]) if asked.compare else None
    assumptions = (*said, *assumed.of_reactions(reactions, known), assumed.RUNNING)
    pools = await simulation.codes_left(connection)
    return Ready(setting, base.parts(), extent["people"], assumptions, pools, before=before)


async def _before(base: Base, many: int) -> Ready:
    """The same days of the same people with what is in force, chance included."""
    in_force = await base.plans.in_force(base.connection)
    plans = {name: plan for name, (_, plan) in in_force.current.items()}
    setting = replace(base.setting, rules=in_force.world, plans=plans, published=in_force.current)
    return Ready(setting, replace(base, in_force=in_force, setting=setting).parts(), many, (), {})


async def _setting(asked: Asked, plans: Plans, connection: Connection, now: datetime) -> Setting:
    """What is in force and what people are under way in, beside what is to be tried."""
    published, wanted = await plans.in_force(connection), asked.plans
    in_use = await simulation.versions_in_use(connection)
    return replace(
        asked.setting(now),
        published={name: found for name, found in published.current.items() if name in wanted},
        older={
            (name, version): await plans.plan(name, version, connection)
            for name, version in in_use
            if name in wanted or not asked.alone
        },
    )


async def _lives(
    asked: Asked,
    plans: Plans,
    connection: Connection,
    rules: InForce,
    since: datetime | None,
    now: datetime,
) -> tuple[Lives, Iterable[str]]:
    """Lives like those that were recorded, or drawn from the catalog where too little was."""
    recorded, weeks = await read_lives(connection, plans, rules, since, now)
    if weeks:
        return partial(as_recorded, recorded), assumed.of_weeks(weeks, recorded)
    of = makings(asked.project, asked.rates)
    return partial(made_up.futures, of), [assumed.LITTLE, assumed.of_lives(of)]
