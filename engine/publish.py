"""Publishing: the project's files become what is in force, in one transaction, or nothing changes.

Only what changed makes a new version, by the plan and not by the text: a comment changes nothing for
anybody. Versions are never altered, so rolling back is publishing the old text again.
"""

import csv
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Rollback

from dsl import codec
from dsl.compiler import CompiledScenario, Project, compile_project
from dsl.plan import Plan
from engine import reaching
from engine.carried_out import not_carried_out
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
    project = compile_project(folder)
    if project.errors:
        raise PublishRefused("\n".join(_told(project)))
    _refuse_what_is_not_carried_out(project)
    pools = {pool.name: _read_codes(folder / pool.file) for pool in project.catalog.codes.values()}
    by = Authorship(author, commit, now)
    if not dry_run:
        # Apart, since no event can be written while an index is made.
        async with database.transaction() as connection:
            await reaching.prepare(connection, _plans(project), project.catalog)
    async with database.transaction() as connection:
        await publications.lock(connection)
        result = await _publish(connection, project, pools, by)
        if dry_run:
            raise Rollback
    return result


async def _publish(
    connection: Connection, project: Project, pools: dict[str, list[str]], by: Authorship
) -> Publication:
    before = {row["name"]: row for row in await scenarios.current(connection)}
    in_flight = await publications.in_flight(connection)
    await _refuse_lost_templates(connection, project)
    world_changed = await _publish_world(connection, project, by)
    lines = ["catalog, policy or segments: changed"] if world_changed else []
    versions: list[tuple[str, int]] = []
    for name, scenario in sorted(project.scenarios.items()):
        number = await _publish_scenario(connection, scenario, before.get(name), by)
        people = in_flight.get(name, {})
        if number:
            _refuse_move(scenario, sum(people.values()))
            versions.append((name, number))
        lines.append(f"{name}: " + (f"version {number}{_finish(people)}" if number else "unchanged"))
    withdrawn = tuple(sorted(before.keys() - project.scenarios.keys()))
    for name in withdrawn:
        await scenarios.set_current(connection, name, None)
        lines.append(f"{name}: withdrawn{_finish(in_flight.get(name, {}))}")
    lines += await _add_codes(connection, pools)
    await publications.audit(connection, by.author, "publish", by.commit or "", {"lines": lines}, by.now)
    return Publication(tuple(versions), withdrawn, world_changed, tuple(lines))


async def _publish_world(connection: Connection, project: Project, by: Authorship) -> bool:
    world = codec.encode(project.world)
    return await scenarios.save_world(connection, _hash(world), world, author=by.author, at=by.now)


async def _publish_scenario(
    connection: Connection, scenario: CompiledScenario, old: Row | None, by: Authorship
) -> int | None:
    """Store a new version when the plan changed; its number, None when it did not."""
    plan = codec.encode(scenario.plan)
    hash_ = _hash(plan)
    if old and old["hash"] == hash_:
        return None
    number = await scenarios.save_version(
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
    await scenarios.set_current(connection, scenario.name, number)
    return number


async def _add_codes(connection: Connection, pools: dict[str, list[str]]) -> list[str]:
    lines = []
    for pool, codes in sorted(pools.items()):
        added = await publications.add_codes(connection, pool, codes)
        lines += [f"code pool {pool}: {added} codes added"] if added else []
    return lines


def _plans(project: Project) -> list[Plan]:
    return [scenario.plan for _, scenario in sorted(project.scenarios.items())]


def _refuse_what_is_not_carried_out(project: Project) -> None:
    """Somebody who publishes a form must be able to rely on it."""
    lines = [line for plan in _plans(project) for line in not_carried_out(plan, project.catalog)]
    if lines:
        raise PublishRefused("\n".join(lines))


def _refuse_move(scenario: CompiledScenario, people: int) -> None:
    """People in flight finish on the version they entered with; nothing else is promised silently."""
    if people and scenario.plan.on_edit != "finish":
        raise PublishRefused(
            f"{scenario.name}: {people} people are in flight, and `on_edit: {scenario.plan.on_edit}` is not "
            "carried out by this release; write `on_edit: finish`, or publish when they have finished"
        )


def _finish(people: dict[int, int]) -> str:
    """What becomes of those in flight, when there are any."""
    told = [f"{count} on version {number}" for number, count in sorted(people.items())]
    return f"; people in flight finish where they are: {', '.join(told)}" if told else ""


async def _refuse_lost_templates(connection: Connection, project: Project) -> None:
    """Versions in use name messages; today's texts must still have every one of them."""
    lost = [
        f"{scenario}: version {version}, on which people still are, sends {channel} `{message}`, "
        "which has no template any more: put it back"
        for scenario, version, channel, message in await publications.messages_in_use(connection)
        if not project.templates.locales(message, channel)
    ]
    if lost:
        raise PublishRefused("\n".join(lost))


def _read_codes(path: Path) -> list[str]:
    """The codes of a CSV file: its first column, in order, a heading `code` left out."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = [row[0].strip() for row in csv.reader(file) if row]
    except FileNotFoundError:
        raise PublishRefused(f"{path}: the file of a code pool is missing; add it, a code a line") from None
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
