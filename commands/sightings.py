"""The audit of who saw whom, for verbs that show a person: a line before anything is printed."""

from typing import TYPE_CHECKING

from commands.accounts import account

if TYPE_CHECKING:
    from datetime import datetime

    from store.database import Database


async def note(database: "Database", place: str, contact: str, now: "datetime") -> None:
    """Say in the audit that whoever typed this saw a person; `place` is the verb, like `relance why`."""
    from store import audit

    async with database.transaction() as connection:
        await audit.saw(connection, account(), [contact], {"place": place, "masked": False}, now)
