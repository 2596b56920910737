"""Rolling a scenario back: an older text is published again, and edits under way are called off.

Only this scenario changes. The text is compiled and checked with the files of today, as any other would be.
"""

from datetime import datetime
from pathlib import Path

from psycopg import Rollback

from dsl.compiler import compile_project
from engine.handover import people_in_flight
from engine.publish import (
    Authorship,
    Publication,
    PublishRefused,
    checked,
    put_scenario,
    refuse_lost_templates,
    write_audit,
)
from store import edits, publications, scenarios
from store.database import Connection, Database


async def roll_back(
    database: Database,
    folder: Path,
    scenario: str,
    version: int,
    *,
    author: str,
    now: datetime,
    commit: str | None = None,
    dry_run: bool = False,
) -> Publication:
    """Publish the text of an older version again, under the next number.

    People whom the version in force has not reached yet stay where they are; then the `on_edit` of the old
    text holds. With `dry_run` everything is done but kept. Raises PublishRefused.
    """
    by = Authorship(author, commit, now)
    async with database.transaction() as connection:
        await publications.lock(connection)
        path, source = await _text(connection, scenario, version)
        result = await _roll_back(
            connection, folder, scenario, {_path_now(folder, scenario, path): source}, by
        )
        await write_audit(connection, "roll back", f"{scenario} to version {version}", result, by)
        if dry_run:
            raise Rollback
    return result


async def _text(connection: Connection, scenario: str, version: int) -> tuple[str, str]:
    found = await scenarios.source(connection, scenario, version)
    if found is None:
        raise PublishRefused(f"{scenario} has no version {version}: see `relance versions {scenario}`")
    return found


def _path_now(folder: Path, scenario: str, path: str) -> str:
    """Where the scenario's file lies today, which may have moved since."""
    found = compile_project(folder).scenarios.get(scenario)
    return found.path if found else path


async def _roll_back(
    connection: Connection, folder: Path, scenario: str, texts: dict[str, str], by: Authorship
) -> Publication:
    project = checked(compile_project(folder, texts))
    # Before anything else is written, in the order in which the workers lock.
    called_off = await edits.call_off(connection, scenario, by.now)
    current = {row["name"]: row for row in await scenarios.current(connection)}
    handover = await people_in_flight(connection, project.catalog, [scenario])
    put = await put_scenario(connection, project.scenarios[scenario], current.get(scenario), handover, by)
    await refuse_lost_templates(connection, project)
    lines = (
        *(f"{scenario}: version {each} is called off for who was not reached yet" for each in called_off),
        *put.lines,
    )
    versions = ((scenario, put.version),) if put.version else ()
    return Publication(versions, (), False, lines, put.people)
