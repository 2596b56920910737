"""What a publication means for people in flight: told beforehand, refused where it must, then heeded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dsl.catalog import Catalog
from dsl.codec import decode
from dsl.plan import Plan, World
from engine.editing import fate
from engine.in_flight import Standing, Touched, touched
from engine.lacking import lacking
from engine.needed import gone
from store import edits, publications, scenarios
from store.database import Connection


class Lacking(ValueError):
    """People would be brought to where something is unset; the message has a line for each version."""


@dataclass(frozen=True)
class Handover:
    """People in flight before a publication, by scenario, and the plans that they are on."""

    standing: Mapping[str, Sequence[Standing]]
    older: Mapping[tuple[str, int], Plan]
    catalog: Catalog

    def touched(self, scenario: str, version: int | None, new: Plan | None) -> tuple[Touched, ...]:
        """What a new version, or its end, makes of the people in a scenario."""
        standing = self.standing.get(scenario, ())
        return touched(scenario, version, new, standing, self._older(scenario))

    def refuse_lacking(self, scenario: str, new: Plan) -> None:
        """Raise Lacking where a new version moves or restarts people without something that it reads."""
        lines = []
        for number, old in sorted(self._older(scenario).items()):
            there = [each for each in self.standing[scenario] if each.version == number]
            said = lacking(old, new, [each.step for each in there], self.catalog)
            people = sum(each.people for each in there)
            lines += [_refusal(scenario, new, number, people, each) for each in said]
        if lines:
            raise Lacking("\n".join(lines))

    def refuse_gone(self, scenario: str, new: Plan | None, world: World) -> None:
        """Raise Lacking where people stay on a version that needs what is not there any more."""
        lines = []
        for number, old in sorted(self._older(scenario).items()):
            there = [each for each in self.standing[scenario] if each.version == number]
            staying = [each for each in there if new is None or fate(old, each.step, new) == "finish"]
            people = sum(each.people for each in staying)
            needed = gone(old, [each.step for each in staying], world)
            lines += [_needed(scenario, number, people, each) for each in needed]
        if lines:
            raise Lacking("\n".join(lines))

    def _older(self, scenario: str) -> dict[int, Plan]:
        return {version: plan for (name, version), plan in self.older.items() if name == scenario}


def _refusal(scenario: str, new: Plan, version: int, people: int, lack: str) -> str:
    verb = "begin again" if new.on_edit == "restart" else "are moved"
    return (
        f"{scenario}: {people} people {verb} from version {version}, for whom {lack}, could be unset; "
        "set it before, guard what reads it, or write `on_edit: finish`"
    )


def _needed(scenario: str, version: int, people: int, what: str) -> str:
    return (
        f"{scenario}: {people} people go on with version {version}, which needs {what}, and that is gone: "
        "put it back until they have finished, or take them over (`on_edit`)"
    )


async def people_in_flight(connection: Connection, catalog: Catalog, names: Collection[str]) -> Handover:
    """Who is in flight in these scenarios now."""
    standing: dict[str, list[Standing]] = {}
    for row in await publications.in_flight(connection, names):
        found = Standing(row["version"], row["position"], row["people"])
        standing.setdefault(row["scenario"], []).append(found)
    used = {(name, each.version) for name, all_ in standing.items() for each in all_}
    older = {key: decode(Plan, await scenarios.version(connection, *key)) for key in sorted(used)}
    return Handover(standing, older, catalog)


async def leave(
    connection: Connection, new: Plan, version: int, people: int, *, actor: str, now: datetime
) -> None:
    """Let people of older versions heed a new one, from this transaction on; those too who enter just now."""
    if new.on_edit != "finish":
        await edits.add(connection, new.scenario, version, new.on_edit, actor=actor, people=people, now=now)
