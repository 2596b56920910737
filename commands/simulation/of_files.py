"""People who are made up, and people of files."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from commands.running import Failed
from commands.simulation import assumed
from commands.simulation.asked import Asked, Ready, events_of, with_objects
from engine.imports import mapping
from engine.imports.files import BadFile
from engine.publish import PublishRefused, read_codes
from engine.simulation import files, made_up
from engine.simulation.files import Events
from engine.simulation.habits import makings
from engine.simulation.setting import ASSUMED, Setting, Somebody
from engine.simulation.together import PART, Part, keeping_together
from engine.state import household_of
from engine.virtual.person import Person

MADE_UP = 1_000
CONSENTS = "consents must be in the file, as `contacts import` reads them"


def _begins(asked: Asked, events: Events) -> datetime:
    """The first moment of the day asked for, else of the first event's, else of today."""
    if asked.first is not None:
        return asked.first
    zone = ZoneInfo(asked.project.policy.default_zone)
    first = (events.first or datetime.now(UTC)).astimezone(zone).date()
    return datetime.combine(first, time(), zone).astimezone(UTC)


def of_nobody(asked: Asked) -> Ready:
    """People who are made up from the catalog. Raises Failed."""
    if asked.events is not None:
        raise Failed("--events are of people: say of whom with --contacts, a file or `base`")
    setting, of = asked.setting(_begins(asked, Events())), makings(asked.project, asked.rates)
    many = asked.people or MADE_UP

    async def parts() -> AsyncIterator[Part]:
        for first in range(1, many + 1, PART):
            numbers = range(first, min(first + PART, many + 1))
            yield Part(partial(made_up.people, of, numbers), len(numbers))

    said = assumed.of_made_up(many), assumed.of_lives(of)
    return Ready(setting, parts(), many, (*said, *_of_reactions()), _pools(asked))


def of_files(asked: Asked) -> Ready:
    """People of a file, who live as another one tells, or as is made up. Raises Failed."""
    events = events_of(asked)
    setting = with_objects(asked.setting(_begins(asked, events)), events)
    known = _people(asked, setting)
    if asked.events is None:
        of = makings(asked.project, asked.rates)
        lives: Callable[[Sequence[Person], Setting], list[Somebody]] = partial(made_up.lives, of)
        said = [assumed.of_lives(of), assumed.PAST]
    else:
        _refuse_strangers(asked, events, known)
        lives = partial(files.lives, events.of_people)
        said = [assumed.of_file(asked.events.name, events.count)]

    catalog = setting.rules.catalog

    async def parts() -> AsyncIterator[Part]:
        for some in keeping_together(known, lambda each: household_of(catalog, each.given)):
            yield Part(partial(lives, some), len(some))

    agreed = any(person.consents for person in known)
    warnings = () if agreed else (f"nobody in {asked.contacts} has agreed to anything: {CONSENTS}",)
    return Ready(setting, parts(), len(known), (*said, *_of_reactions()), _pools(asked), warnings)


def _people(asked: Asked, setting: Setting) -> list[Person]:
    path = Path(asked.contacts or "")
    try:
        how = mapping.load(asked.mapping) if asked.mapping else mapping.Mapping()
        return files.people(path, how, setting)
    except (BadFile, mapping.BadMapping) as error:
        raise Failed(f"{path}: {error}") from None
    except files.BadLines as error:
        raise Failed(str(error)) from None


def _refuse_strangers(asked: Asked, events: Events, known: Sequence[Person]) -> None:
    strangers = sorted(events.of_people.keys() - {person.id for person in known})
    if strangers:
        raise Failed(
            f"{asked.events}: {len(strangers)} contacts are not in {asked.contacts}, like `{strangers[0]}`: "
            "leave their events out, or add them"
        )


def _of_reactions() -> tuple[str, ...]:
    return tuple(assumed.of_reactions(ASSUMED, {}))


def _pools(asked: Asked) -> dict[str, int]:
    """How many codes the files of the pools hold, as far as they are there."""
    found = {}
    for pool in asked.project.catalog.codes.values():
        with suppress(PublishRefused):
            found[pool.name] = len(read_codes(asked.project.folder / pool.file))
    return found
