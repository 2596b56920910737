"""Contacts that turned out to be one person: what moves, what is kept so that it can be undone.

The statements run in one transaction that has locked the contacts. Tables are asked of the database itself,
so that a new one that tells of contacts cannot be forgotten.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from psycopg import sql

from store.database import Connection, Row, queries, rows_of

SQL = queries("merges")

STAYING = {
    "attribute_history": "what was said of the loser stays so; values that the winner lacks are copied",
    "consents": "the ledger is append only; what is stricter is copied",
    "routing": "the router sends home what it finds: its lines are taken before contacts are locked",
    "set_aside": "as the router's lines, which they become again",
    "import_rows": "an import asks who somebody is when it applies its lines",
}
"""Tables whose rows keep the loser's id, and why."""

RUN_OF = "run_id"

Keys: TypeAlias = dict[str, list[Row]]
"""Table to the keys of the rows that moved."""


def source_of(merge_id: int) -> str:
    """What lines and blocks that a merge writes give as their source."""
    return f"merge {merge_id}"


def is_of_merge(source: str) -> bool:
    """Whether a line or block says what a merge made of two people, and nobody said."""
    return source.startswith("merge ")


async def winners(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Whom contacts were merged into; those that were not are left out. Follows to the end."""
    if not ids:
        return {}
    cursor = await connection.execute(SQL["winners"], {"ids": list(ids)})
    return {row["id"]: row["merged_into"] for row in await cursor.fetchall()}


async def winner_of(connection: Connection, contact_id: str) -> str:
    """Who a contact is now: itself, or whom it was merged into."""
    return (await winners(connection, [contact_id])).get(contact_id, contact_id)


async def came(connection: Connection, contact_ids: Collection[str]) -> list[str]:
    """The ids that were merged into these contacts."""
    cursor = await connection.execute(SQL["came"], {"contacts": list(contact_ids)})
    return [row["id"] for row in await cursor.fetchall()]


async def as_they_were(connection: Connection, contact_ids: Collection[str]) -> list[Row]:
    """The rows that those had who were merged into these contacts; of instants the texts."""
    cursor = await connection.execute(SQL["as_they_were"], {"contacts": list(contact_ids)})
    return [row["row"] for row in await cursor.fetchall()]


async def close(connection: Connection, before: datetime) -> None:
    """Let go of what undoing merges of before an instant would need."""
    await connection.execute(SQL["close"], {"before": before})


async def read(connection: Connection, merge_id: int) -> Row | None:
    """A merge: id, winner_id, loser_id, at, actor, data, undone_at, seq."""
    return await (await connection.execute(SQL["merge"], {"id": merge_id})).fetchone()


async def of_contact(connection: Connection, contact_id: str) -> list[Row]:
    """Merges that a contact was in, on either side, the oldest first; `told` is what was said of each."""
    return await (await connection.execute(SQL["of_contact"], {"contact": contact_id})).fetchall()


async def run(connection: Connection, name: str, values: Mapping[str, Any]) -> list[Row]:
    """One of the statements of `merges.sql`; its rows, none where it gives none."""
    cursor = await connection.execute(SQL[name], values)
    return await cursor.fetchall() if cursor.description else []


async def movable(connection: Connection) -> dict[str, list[str]]:
    """Tables whose rows go from one contact to another, with the columns by which each row is known."""
    cursor = await connection.execute(SQL["movable"])
    return {row["name"]: row["key"] for row in await cursor.fetchall() if row["name"] not in STAYING}


async def move(connection: Connection, loser: str, winner: str) -> Keys:
    """Give the loser's rows to the winner; a row that the winner has already stays. Keys of what moved."""
    moved: Keys = {}
    for table, key in (await movable(connection)).items():
        cursor = await connection.execute(_moving(table, key), {"winner": winner, "loser": loser})
        found = [row["key"] for row in await cursor.fetchall()]
        if found:
            moved[table] = found
    return moved


async def move_back(connection: Connection, moved: Keys, loser: str, winner: str) -> dict[str, int]:
    """Give rows back to the loser, as far as they are the winner's still; how many of each table."""
    keys = await movable(connection)
    back = {}
    for table, rows in moved.items():
        if table in keys:
            statement = _returning(table, keys[table])
            values = {"winner": winner, "loser": loser, "rows": rows_of(rows)}
            back[table] = (await connection.execute(statement, values)).rowcount
    return back


async def follow_runs(connection: Connection, run_ids: Sequence[int], loser: str, winner: str) -> None:
    """What runs that go back wrote since goes too, but messages that have left: the winner got those."""
    cursor = await connection.execute(SQL["movable"])
    for table in [row["name"] for row in await cursor.fetchall()]:
        if table != "messages" and await _has_runs(connection, table):
            statement = sql.SQL(
                "update {} set contact_id = %s where run_id = any(%s) and contact_id = %s"
            ).format(sql.Identifier(table))
            await connection.execute(statement, (loser, list(run_ids), winner))
    await connection.execute(SQL["follow_runs"], {"winner": winner, "loser": loser})


async def _has_runs(connection: Connection, table: str) -> bool:
    cursor = await connection.execute(
        "select from pg_attribute where attrelid = %s::regclass and attname = %s and not attisdropped",
        (table, RUN_OF),
    )
    return await cursor.fetchone() is not None


def _moving(table: str, key: Sequence[str]) -> sql.Composed:
    own = [name for name in key if name != "contact_id"]
    there: sql.Composable = sql.SQL("")
    if "contact_id" in key:
        same = sql.SQL(" and ").join(sql.SQL("w.{0} = t.{0}").format(sql.Identifier(name)) for name in own)
        there = sql.SQL(" and not exists (select from {} w where w.contact_id = %(winner)s and {})").format(
            sql.Identifier(table), same
        )
    told = sql.SQL(", ").join(
        sql.SQL("{}, t.{}").format(sql.Literal(name), sql.Identifier(name)) for name in own
    )
    return sql.SQL(
        "update {} t set contact_id = %(winner)s where t.contact_id = %(loser)s{}"
        " returning jsonb_build_object({}) as key"
    ).format(sql.Identifier(table), there, told)


def _returning(table: str, key: Sequence[str]) -> sql.Composed:
    own = [name for name in key if name != "contact_id"]
    same = sql.SQL(" and ").join(sql.SQL("t.{0} = k.{0}").format(sql.Identifier(name)) for name in own)
    return sql.SQL(
        "update {0} t set contact_id = %(loser)s from json_populate_recordset(null::{0}, %(rows)s) k"
        " where t.contact_id = %(winner)s and {1}"
    ).format(sql.Identifier(table), same)
