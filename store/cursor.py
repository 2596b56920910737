"""Statements that outlive a change of the tables: a newer release may add columns while we work."""

from typing import Any, Self

from psycopg import AsyncCursor, OperationalError
from psycopg.errors import FeatureNotSupported
from psycopg.rows import DictRow

REPLANNED = "RevalidateCachedQuery"
"""The function of PostgreSQL that finds a prepared statement whose columns are others now. Its words are in
the language of the server."""


class TablesChanged(OperationalError):
    """A migration changed tables since this connection prepared the statement: do it again on a fresh one."""


class Cursor(AsyncCursor[DictRow]):
    """Says of a statement that is to be prepared again that it may be done again."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """As the driver does. Raises TablesChanged."""
        try:
            return await super().execute(query, params, **options)
        except FeatureNotSupported as error:
            if error.diag.source_function == REPLANNED:
                raise TablesChanged("tables were changed by a newer release: do it again") from error
            raise
