"""A row of a file of people as a line of COPY, which PostgreSQL reads several times as fast as parameters."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from store.database import Row

NULL = b"\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def staged_line(  # noqa: PLR0913 - the columns of the table
    import_id: int,
    line: int,
    contact: str,
    attributes: Mapping[str, Any],
    *,
    created_at: datetime | None = None,
    identities: Mapping[str, str] | None = None,
    consents: Sequence[Row] = (),
    as_of: datetime | None = None,
    plain: bool = False,
) -> bytes:
    """The line: attributes as they are stored, ids elsewhere, consents, since when it all holds.

    `plain`: nothing of it has to be asked where the person is new.
    """
    return b"\t".join(
        (
            b"%d\t%d" % (import_id, line),
            contact.translate(ESCAPES).encode(),
            _instant(created_at),
            _json(attributes),
            _json(identities) if identities else NULL,
            _json(consents) if consents else NULL,
            _instant(as_of),
            b"t\n" if plain else b"f\n",
        )
    )


def _instant(at: datetime | None) -> bytes:
    return at.isoformat().encode() if at else NULL


def _json(value: Any) -> bytes:
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        written = json.dumps(value, ensure_ascii=False).encode()
    return written.replace(b"\\", b"\\\\")
