"""The people of the base as a simulation takes them: with their history, consents, messages and runs."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeAlias

from dsl.scope import EventFact, Mark
from engine import facts
from engine.facts import Asked
from engine.occurrence_names import renamed
from engine.plans import InForce, Plans
from engine.run_rows import read_run
from engine.segment_rules import looks_of
from engine.simulation.reading_habits import given_of, own_events
from engine.simulation.recorded import Recorded, lived, newcomers
from engine.simulation.setting import Deed, Setting, Somebody
from engine.simulation.together import PART, Part
from engine.state import Consent, Facts, Run
from engine.typed import event_fact
from engine.virtual.person import Block, Person
from store import contacts, runs, simulation
from store.database import Connection, Row

TRACKING = "tracking"

Known: TypeAlias = Sequence[tuple[Person, datetime | None]]
"""People, and when each last did something of their own accord."""

Lives: TypeAlias = Callable[[Known, Setting], list[Somebody]]
"""What they will do, made in the process in which they live; it is sent there as it is."""


@dataclass(frozen=True)
class Base:
    """An open base, and the setting that its people are for. `lives` makes what they will do.

    `in_force` has the rules of the project that is tried, not those that are published.
    """

    connection: Connection
    plans: Plans
    in_force: InForce
    setting: Setting
    lives: Lives

    async def parts(self) -> AsyncIterator[Part]:
        """Everybody, page by page; those who live together in the same one, where a limit counts for them."""
        async for rows in self._pages():
            people = await self._people(rows)
            yield Part(partial(self.lives, people), len(rows))

    async def _pages(self) -> AsyncIterator[list[Row]]:
        world, after = self.in_force.world, ""
        home = world.catalog.household if world.policy.pressure.of_household else None
        while rows := (
            await simulation.page(self.connection, after, PART)
            if home is None
            else await simulation.alone(self.connection, home, after, PART)
        ):
            after = rows[-1]["id"]
            yield rows
        if home is not None:
            for ids in await simulation.parts_of_households(self.connection, home, PART):
                yield await contacts.read(self.connection, ids)

    async def _people(self, rows: Sequence[Row]) -> Known:
        now, ids = self.setting.begins, [row["id"] for row in rows]
        held = await simulation.runs(self.connection, ids)
        active = [read_run(row) for row in held if row["status"] == "active"]
        used = (*self.setting.plans.values(), *self.setting.older.values())
        asked = Asked(used, active)
        known = await facts.of_rows(self.connection, self.plans, self.in_force, rows, now, asked)
        last = await simulation.last_deeds(self.connection, ids, own_events(self.in_force.world.catalog), now)
        persons = {row["id"]: _person(row, known[row["id"]]) for row in rows}
        for row in held:
            _add_run(persons[row["contact_id"]], row, under_way=row["scenario"] in self._kept)
            if row["occurrence"] is not None:
                persons[row["contact_id"]].occurrences[row["id"]] = self._occurrence(row)
        await self._add_wakes(persons, active)
        await self._add_members(persons)
        return [(persons[id_], last.get(id_)) for id_ in ids]

    @property
    def _kept(self) -> frozenset[str]:
        return frozenset(scenario for scenario, _ in self.setting.older)

    def _occurrence(self, row: Row) -> str:
        """The name of what a run entered by; where only its place was recorded, by what stands there."""
        found = self.setting.published.get(row["scenario"])
        return renamed(found[1], row["occurrence"]) if found else row["occurrence"]

    async def _add_wakes(self, persons: Mapping[str, Person], active: Iterable[Run]) -> None:
        """What runs under way have not heard yet."""
        owners = {run.id: run.contact_id for run in active}
        for row in await runs.wakes(self.connection, owners):
            person = persons[owners[row["run_id"]]]
            event = event_fact(self.in_force.world.catalog, row)
            person.wakes.setdefault(row["run_id"], []).append(event)

    async def _add_members(self, persons: Mapping[str, Person]) -> None:
        """Who was inside the segments that are in force unchanged."""
        same = {
            name: found
            for name, found in self.setting.published.items()
            if self.setting.plans.get(name) == found[1]
        }
        looks = list(looks_of(self.in_force.world, same))
        if not looks:
            return
        inside = await simulation.members(self.connection, persons)
        for id_, person in persons.items():
            for look in looks:
                place = look.plan.scenario, look.place
                person.members[place] = (look.plan.scenario, look.name, id_) in inside


def _person(row: Row, known: Facts) -> Person:
    person = Person(row["id"], row["created_at"], given_of(row))
    person.events = tuple(_plain(event) for event in known.events)
    person.messages = {message.id: message for message in known.messages}
    person.consents = {pair: _since(pair, line, known) for pair, line in known.consents.items()}
    person.answers = dict(known.answers)
    person.blocks = [
        Block(block, None if block.topics is not None else person.address(block.channel))
        for block in known.suppressions
    ]
    return person


def _plain(event: EventFact) -> EventFact:
    """An event that can be sent to another process."""
    return replace(event, properties=dict(event.properties))


def _since(pair: tuple[str, str], line: Consent, known: Facts) -> Consent:
    """Consent to tracking counts from when it began, however often it was given again."""
    since = known.tracked_since.get(pair[1]) if pair[0] == TRACKING else None
    return replace(line, at=since) if since else line


def _add_run(person: Person, row: Row, *, under_way: bool) -> None:
    """A run goes on where it is; what is over, or is to be left out, only counts for `entry`."""
    if row["status"] == "active" and under_way:
        person.runs[row["id"]] = read_run(row)
        if row["due_at"] is not None:
            person.due[row["id"]] = row["due_at"]
        return
    entered = Mark(row["entered_at"], row["entered_seq"])
    person.runs[row["id"]] = Run(
        row["id"],
        row["scenario"],
        row["version"],
        row["contact_id"],
        entered,
        None,
        entered,
        status="ended",
        key=row["key"],
    )


# What they will do


def as_told(told: Mapping[str, Sequence[Deed]], people: Known, setting: Setting) -> list[Somebody]:
    """Lives as a file tells them, from now on."""
    return [
        Somebody(person, tuple(each for each in told.get(person.id, ()) if each.at >= setting.begins))
        for person, _ in people
    ]


def as_recorded(recorded: Recorded, people: Known, setting: Setting) -> list[Somebody]:
    """Lives like those that were recorded, and the people who come."""
    found = []
    for person, last in people:
        habits = lived(recorded, setting.seed, person.id, last, setting.begins, setting.days)
        deeds = tuple(Deed(at, each.name, each.properties) for at, each in habits if at < setting.ends)
        found.append(Somebody(person, deeds))
        found += _newcomers(recorded, person.id, setting)
    return found


def _newcomers(recorded: Recorded, who: str, setting: Setting) -> Iterable[Somebody]:
    came = newcomers(recorded, setting.seed, who, setting.begins, setting.days)
    for number, (at, joiner) in enumerate(came, 1):
        person = Person(f"new_{who}_{number}", at, dict(joiner.given), consents=dict(joiner.consents))
        person.given.pop(setting.rules.catalog.household or "", None)  # who comes lives with nobody we know
        habits = ((at + each.after, each) for each in joiner.habits)
        deeds = tuple(Deed(then, each.name, each.properties) for then, each in habits if then < setting.ends)
        yield Somebody(person, deeds, joins=at)
