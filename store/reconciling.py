"""What the database knows of workflows, for when Temporal knows otherwise."""

from collections.abc import Collection

from store.database import Connection, queries

SQL = queries("reconciling")

GAP = 1_000_000
"""More rows than any backup is old."""


async def open_groups(connection: Connection) -> dict[str, int]:
    """Groups that have somebody under way: workflow id to group id."""
    cursor = await connection.execute(SQL["open_groups"])
    return {row["workflow_id"]: row["id"] for row in await cursor.fetchall()}


async def known(connection: Connection, workflows: Collection[str]) -> set[str]:
    """Those of these workflows that ever had a group."""
    cursor = await connection.execute(SQL["known"], {"workflows": list(workflows)})
    return {row["workflow_id"] for row in await cursor.fetchall()}


async def skip_numbers(connection: Connection) -> None:
    """Let ids go on far behind all that were ever given."""
    await connection.execute(SQL["skip_numbers"], {"gap": GAP})
