"""Small facts about the installation itself, one JSON value a name."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb


async def read_setting(connection: AsyncConnection[Any], name: str) -> Any:
    """The JSON value of a setting, or None."""
    cursor = await connection.execute("select value from settings where name = %s", (name,))
    row = await cursor.fetchone()
    return row[0] if isinstance(row, tuple) else (row["value"] if row else None)


async def write_setting(connection: AsyncConnection[Any], name: str, value: Any) -> None:
    """Set a setting, whatever it was."""
    await connection.execute(
        "insert into settings values (%s, %s) on conflict (name) do update set value = excluded.value",
        (name, Jsonb(value)),
    )
