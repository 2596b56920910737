"""Publishing: the project's files become what is in force, in one transaction, or nothing changes.

Only what changed makes a new version, by the plan and not by the text: a comment changes nothing for
anybody. Versions are never altered, so rolling back is publishing the old text again, under the next number.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Rollback

from dsl import codec
from dsl.compiler import CompiledScenario, Project, compile_project
from dsl.plan import Plan
from engine import households, reaching
from engine.carried_out import not_carried_out
from engine.handover import Handover, Lacking, leave, people_in_flight
from engine.in_flight import Touched, told
from engine.trials import tried
from store import publications, scenarios
from store.database import Connection, Database, Row


@dataclass(frozen=True)
class Authorship:
    """Who publishes, from which commit, and when."""

    author: str
    commit: str | None
    now: datetime


class PublishRefused(ValueError):
    """Nothing was published; the message has a line for each reason."""


@dataclass(frozen=True)
class Publication:
    """What a publication changed; `lines` says it in words, people in flight included."""

    versions: tuple[tuple[str, int], ...]
    withdrawn: tuple[str, ...]
    world_changed: bool
    lines: tuple[str, ...]
    people: tuple[Touched, ...] = ()
    """What becomes of people in flight, by the step at which they stand."""


async def publish(
    database: Database,
    folder: Path,
    *,
    author: str,
    now: datetime,
    commit: str | None = None,
    dry_run: bool = False,
) -> Publication:
    """Put the scenarios, catalog, policy, segments and code pools of a folder in force.

    With `dry_run` everything is done but kept. Workers follow by themselves. Raises PublishRefused.
    """
    project = checked(compile_project(folder))
    pools = {pool.name: read_codes(folder / pool.file) for pool in project.catalog.codes.values()}
    by = Authorship(author, commit, now)
    if not dry_run:
        # Apart, since no event, and no contact, can be written while an index is made.
        async with database.transaction() as connection:
            await reaching.prepare(connection, _plans(project), project.catalog)
        async with database.transaction() as connection:
            await households.prepare(connection, project.catalog)
    async with database.transaction() as connection:
        await publications.lock(connection)
        result = await _publish(connection, project, pools, by)
        if dry_run:
            raise Rollback
    return result


def checked(project: Project) -> Project:
    """The project, if all of it may be published. Raises PublishRefused."""
    project = tried(project)
    if project.errors:
        raise PublishRefused("\n".join(_told(project)))
    lines = [line for plan in _plans(project) for line in not_carried_out(plan, project.catalog)]
    if lines:
        raise PublishRefused("\n".join(lines))
    return project


async def _publish(
    connection: Connection, project: Project, pools: dict[str, list[str]], by: Authorship
) -> Publication:
    before = {row["name"]: row for row in await scenarios.current(connection)}
    names = before.keys() | project.scenarios.keys()
    handover = await people_in_flight(connection, project.catalog, names)
    world_changed = await _publish_world(connection, project, by)
    lines = ["catalog, policy or segments: changed"] if world_changed else []
    put = [
        await put_scenario(connection, scenario, before.get(name), handover, by)
        for name, scenario in sorted(project.scenarios.items())
    ]
    withdrawn = tuple(sorted(before.keys() - project.scenarios.keys()))
    put += [await _withdraw(connection, name, handover) for name in withdrawn]
    await refuse_lost_templates(connection, project)
    _refuse_gone(project, handover)
    lines += [line for each in put for line in each.lines]
    lines += await _add_codes(connection, pools)
    people = tuple(touched for each in put for touched in each.people)
    versions = tuple((each.name, each.version) for each in put if each.version)
    result = Publication(versions, withdrawn, world_changed, tuple(lines), people)
    await write_audit(connection, "publish", by.commit or "", result, by)
    return result


async def write_audit(
    connection: Connection, action: str, subject: str, result: Publication, by: Authorship
) -> None:
    """Record who published what, and what was said of it; the texts are with the versions."""
    data = {"lines": result.lines, "versions": result.versions, "commit": by.commit}
    await publications.audit(connection, by.author, action, subject, data, by.now)


async def _publish_world(connection: Connection, project: Project, by: Authorship) -> bool:
    world = codec.encode(project.world)
    return await scenarios.save_world(connection, _hash(world), world, author=by.author, at=by.now)


@dataclass(frozen=True)
class Put:
    """A scenario that was published: its new version, None where it is as it was; what is said of it."""

    name: str
    version: int | None
    lines: tuple[str, ...]
    people: tuple[Touched, ...] = ()


async def put_scenario(
    connection: Connection, scenario: CompiledScenario, old: Row | None, handover: Handover, by: Authorship
) -> Put:
    """Put a scenario in force, as a new version when its plan changed. Raises PublishRefused."""
    name, plan = scenario.name, codec.encode(scenario.plan)
    # What variables are follows from the rest, and older plans do not say it.
    hash_ = _hash({name: part for name, part in plan.items() if name != "variables"})
    if old and old["hash"] == hash_:
        return Put(name, None, (f"{name}: unchanged",))
    try:
        handover.refuse_lacking(name, scenario.plan)
    except Lacking as error:
        raise PublishRefused(str(error)) from None
    same = await scenarios.with_hash(connection, name, hash_)
    number = await _save(connection, scenario, plan, hash_, by)
    await scenarios.set_current(connection, name, number)
    people = handover.touched(name, number, scenario.plan)
    total = sum(each.people for each in people)
    await leave(connection, scenario.plan, number, total, actor=by.author, now=by.now)
    what = f"{name}: version {number}" + (f" (as version {same} was)" if same else "")
    return Put(name, number, _lines(what, people, handover.told_of_leaving(name)), people)


async def _save(
    connection: Connection, scenario: CompiledScenario, plan: Any, hash_: str, by: Authorship
) -> int:
    return await scenarios.save_version(
        connection,
        scenario.name,
        plan,
        path=str(scenario.path),
        source=scenario.source,
        hash_=hash_,
        author=by.author,
        commit=by.commit,
        at=by.now,
    )


async def _withdraw(connection: Connection, name: str, handover: Handover) -> Put:
    await scenarios.set_current(connection, name, None)
    people = handover.touched(name, None, None)
    return Put(name, None, _lines(f"{name}: withdrawn", people, handover.told_of_leaving(name)), people)


def _lines(what: str, people: Sequence[Touched], leaving: Sequence[str]) -> tuple[str, ...]:
    """What was done, what becomes of people in the same line, and where they stand in those below."""
    said = list(told(people))
    return ("; ".join((what, *said[:1])), *said[1:], *leaving)


async def _add_codes(connection: Connection, pools: dict[str, list[str]]) -> list[str]:
    lines = []
    for pool, codes in sorted(pools.items()):
        added = await publications.add_codes(connection, pool, codes)
        lines += [f"code pool {pool}: {added} codes added"] if added else []
    return lines


def _plans(project: Project) -> list[Plan]:
    return [scenario.plan for _, scenario in sorted(project.scenarios.items())]


def _refuse_gone(project: Project, handover: Handover) -> None:
    """Versions in use rest on the catalog and the segments of today."""
    plans = {plan.scenario: plan for plan in _plans(project)}
    lines = []
    for name in sorted(handover.standing):
        try:
            handover.refuse_gone(name, plans.get(name), project.world)
        except Lacking as error:
            lines.append(str(error))
    if lines:
        raise PublishRefused("\n".join(lines))


async def refuse_lost_templates(connection: Connection, project: Project) -> None:
    """Versions in use name messages; today's texts must still have every one of them."""
    lost = [
        f"{scenario}: version {version}, on which people still are, sends {channel} `{message}`, "
        "which has no template any more: put it back"
        for scenario, version, channel, message in await publications.messages_in_use(connection)
        if not project.templates.locales(message, channel)
    ]
    if lost:
        raise PublishRefused("\n".join(lost))


def read_codes(path: Path) -> list[str]:
    """The codes of a CSV file: its first column, in order, a heading `code` left out."""
    try:
        if path.exists() and not path.is_file():
            raise PublishRefused(f"{path}: not a file; put one in its place, a code a line")
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = [row[0].strip() for row in csv.reader(file) if row]
    except FileNotFoundError:
        raise PublishRefused(f"{path}: the file of a code pool is missing; add it, a code a line") from None
    except OSError as error:
        raise PublishRefused(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise PublishRefused(f"{path}: not a CSV file in UTF-8: {error}") from None
    return list(dict.fromkeys(code for code in first if code and code.lower() != "code"))


def _told(project: Project) -> Iterable[str]:
    for error in project.errors:
        line, column = error.file.position(error.span.start)
        yield f"{error.file.path}:{line}:{column}: {error.code} {error.message}"
    yield "see all of it with `relance check`"


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
