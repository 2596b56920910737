"""What was asked of `relance simulate`, and a simulation that is ready to begin."""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from commands.running import Failed
from dsl.compiler import Project
from dsl.plan import Plan
from engine.simulation import files
from engine.simulation.files import Events
from engine.simulation.setting import Setting
from engine.simulation.together import Part

BASE = "base"


@dataclass(frozen=True)
class Asked:
    """What was typed, checked as far as it goes without reading people."""

    project: Project
    scenarios: tuple[str, ...]
    days: int
    contacts: str | None
    mapping: Path | None
    events: Path | None
    people: int | None
    rates: Mapping[str, float]
    first: datetime | None
    alone: bool
    compare: bool
    seed: int
    jobs: int

    @property
    def plans(self) -> dict[str, Plan]:
        """The scenarios that are in force."""
        names = self.scenarios if self.alone else sorted(self.project.scenarios)
        return {name: self.project.scenarios[name].plan for name in names}

    @property
    def is_of_base(self) -> bool:
        """Whether the people are those of the base."""
        if self.contacts is None:
            return bool(os.environ.get("DATABASE_URL")) and self.people is None
        return self.contacts == BASE

    def setting(self, begins: datetime) -> Setting:
        """The setting of a simulation that begins at an instant."""
        return Setting(self.project.world, self.plans, begins, self.days, self.seed)


@dataclass(frozen=True)
class Ready:
    """A simulation that can begin. `pools`: how many codes are left, where that is known.

    `before` is the same with what is in force now, where that was asked for.
    """

    setting: Setting
    parts: AsyncIterator[Part]
    many: int
    assumptions: tuple[str, ...]
    pools: Mapping[str, int]
    warnings: tuple[str, ...] = ()
    before: "Ready | None" = None


def events_of(asked: Asked) -> Events:
    """The events of the file that was named; none where none was. Raises Failed."""
    from engine.imports.files import BadFile

    if asked.events is None:
        return Events()
    try:
        return files.events(asked.events, asked.project.catalog)
    except (BadFile, files.BadLines) as error:
        raise Failed(str(error)) from None


def with_objects(setting: Setting, events: Events) -> Setting:
    """The setting with the events about objects that are still to come."""
    return replace(setting, objects=tuple(each for each in events.of_objects if each.at >= setting.begins))
