"""What a publication means for people in flight: told beforehand, refused where it must, then heeded."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dsl.catalog import Catalog
from dsl.codec import decode
from dsl.plan import Plan, World
from engine.editing import fate
from engine.in_flight import Standing, Touched, touched
from engine.lacking import lacking
from engine.needed import gone
from engine.retyped import retyped
from store import edits, publications, scenarios
from store.database import Connection, Row
from store.edits import Edit


class Lacking(ValueError):
    """People would be brought to where something is unset; the message has a line for each version."""


@dataclass(frozen=True)
class Handover:
    """People in flight before a publication, by scenario, and the plans that they are on.

    `now`: where they stand. `standing`: where they will, once they have heeded what is published already and
    has not come to them yet, which they do before anything else. `leaving`: how many leave by that, by the
    version that says so. `before`: the plans from which a version took people over, the oldest first.
    """

    now: Mapping[str, Sequence[Standing]]
    standing: Mapping[str, Sequence[Standing]]
    leaving: Mapping[str, Mapping[int, int]]
    older: Mapping[tuple[str, int], Plan]
    before: Mapping[tuple[str, int], Sequence[Plan]]
    catalog: Catalog

    def touched(self, scenario: str, version: int | None, new: Plan | None) -> tuple[Touched, ...]:
        """What a new version, or its end, makes of the people in a scenario."""
        standing = self.standing.get(scenario, ())
        return touched(scenario, version, new, standing, self._older(scenario))

    def told_of_leaving(self, scenario: str) -> tuple[str, ...]:
        """Who is not touched any more, in words."""
        leaving = sorted(self.leaving.get(scenario, {}).items())
        return tuple(
            f"  {people:,} leave by version {version}, which has still to come to them"
            for version, people in leaving
        )

    def refuse_lacking(self, scenario: str, new: Plan) -> None:
        """Raise Lacking where a new version moves or restarts people without something that it reads.

        Or with something that it reads as another type.
        """
        lines = []
        for number, old in sorted(self._older(scenario).items()):
            there = [each for each in self.now[scenario] if each.version == number]
            before = self.before.get((scenario, number), ())
            steps = [each.step for each in there]
            people = sum(each.people for each in there)
            said = lacking(old, new, steps, self.catalog, before)
            lines += [_refusal(scenario, new, number, people, each) for each in said]
            other = retyped(old, new, steps, self.catalog, before)
            lines += [_retyped(scenario, new, number, people, each) for each in other]
        if lines:
            raise Lacking("\n".join(lines))

    def refuse_gone(self, scenario: str, new: Plan | None, world: World) -> None:
        """Raise Lacking where people stay on a version that needs what is not there any more."""
        lines = []
        for number, old in sorted(self._older(scenario).items()):
            there = [each for each in self.standing.get(scenario, ()) if each.version == number]
            staying = [each for each in there if new is None or fate(old, each.step, new) == "finish"]
            people = sum(each.people for each in staying)
            needed = gone(old, [each.step for each in staying], world)
            lines += [_needed(scenario, number, people, each) for each in needed]
        if lines:
            raise Lacking("\n".join(lines))

    def _older(self, scenario: str) -> dict[int, Plan]:
        return {version: plan for (name, version), plan in self.older.items() if name == scenario}


def _refusal(scenario: str, new: Plan, version: int, people: int, lack: str) -> str:
    return (
        f"{_taken_over(scenario, new, version, people)}, for whom {lack}, could be unset; "
        "set it before, guard what reads it, or write `on_edit: finish`"
    )


def _retyped(scenario: str, new: Plan, version: int, people: int, what: str) -> str:
    return (
        f"{_taken_over(scenario, new, version, people)}, for whom {what}; "
        "give it another name, set it anew before it is read, or write `on_edit: finish`"
    )


def _taken_over(scenario: str, new: Plan, version: int, people: int) -> str:
    verb = "begin again" if new.on_edit == "restart" else "are moved"
    return f"{scenario}: {people} people {verb} from version {version}"


def _needed(scenario: str, version: int, people: int, what: str) -> str:
    return (
        f"{scenario}: {people} people go on with version {version}, which needs {what}, and that is gone: "
        "put it back until they have finished, or take them over (`on_edit`)"
    )


async def people_in_flight(connection: Connection, catalog: Catalog, names: Collection[str]) -> Handover:
    """Who is in flight in these scenarios, and where what is published already brings them."""
    found = await publications.in_flight(connection, names)
    heeded = [each for each in await edits.every(connection) if each.scenario in names]
    used = {(row["scenario"], row["version"]) for row in found}
    used |= {(each.scenario, each.version) for each in heeded if _is_awaited(each, found)}
    plans = {key: decode(Plan, await scenarios.version(connection, *key)) for key in sorted(used)}
    before = {key: await _before(connection, *key) for key in await edits.took_over(connection, sorted(used))}
    now: dict[str, list[Standing]] = {}
    then: dict[str, Counter[Standing]] = {}
    leaving: dict[str, Counter[int]] = {}
    for row in found:
        name, here = row["scenario"], Standing(row["version"], row["position"], row["people"])
        now.setdefault(name, []).append(here)
        ahead = [each.version for each in heeded if each.scenario == name and each.version > row["heeded"]]
        there, left = _heeding(here, ahead, {v: plan for (of, v), plan in plans.items() if of == name})
        if left is None:
            then.setdefault(name, Counter())[replace(there, people=0)] += there.people
        else:
            leaving.setdefault(name, Counter())[left] += here.people
    standing = {
        name: [replace(each, people=count) for each, count in counts.items()] for name, counts in then.items()
    }
    return Handover(now, standing, leaving, plans, before, catalog)


async def _before(connection: Connection, scenario: str, version: int) -> list[Plan]:
    return [decode(Plan, plan) for plan in await scenarios.before(connection, scenario, version)]


def _is_awaited(edit: Edit, found: Collection[Row]) -> bool:
    """Whether somebody in flight has still to heed a version."""
    return any(row["scenario"] == edit.scenario and row["heeded"] < edit.version for row in found)


def _heeding(here: Standing, ahead: Sequence[int], plans: Mapping[int, Plan]) -> tuple[Standing, int | None]:
    """Where people stand once they have heeded these versions, and the one that they leave by, if any."""
    for version in ahead:
        new = plans[version]
        match fate(plans[here.version], here.step, new):
            case "exit":
                return here, version
            case "restart":
                here = replace(here, version=version, step=new.start)
            case "move":
                here = replace(here, version=version)
    return here, None


async def leave(
    connection: Connection, new: Plan, version: int, people: int, *, actor: str, now: datetime
) -> None:
    """Let people of older versions heed a new one, from this transaction on; those too who enter just now."""
    if new.on_edit != "finish":
        await edits.add(connection, new.scenario, version, new.on_edit, actor=actor, people=people, now=now)
