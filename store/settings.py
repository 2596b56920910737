"""Small facts about the installation itself, one JSON value a name."""

from typing import Any

from psycopg.types.json import Jsonb

from store.database import Connection


async def read_setting(connection: Connection, name: str) -> Any:
    """The JSON value of a setting, or None."""
    cursor = await connection.execute("select value from settings where name = %s", (name,))
    row = await cursor.fetchone()
    return row["value"] if row else None


async def write_setting(connection: Connection, name: str, value: Any) -> None:
    """Set a setting, whatever it was."""
    await connection.execute(
        "insert into settings values (%s, %s) on conflict (name) do update set value = excluded.value",
        (name, Jsonb(value)),
    )
