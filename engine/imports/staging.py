"""Reads a file of people, checks every row, and stages those that are good. Nothing is applied yet."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from dsl.catalog import Catalog
from dsl.codec import encode
from dsl.remembered import remembered
from engine.contact_input import Said
from engine.imports.columns import BadRow
from engine.imports.files import csv_rows, form_of, json_rows
from engine.imports.mapping import Mapping
from engine.imports.persons import CsvReader, JsonReader, Read
from store.staging import staged_line

ROWS_AT_ONCE = 2_000
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")

Tick: TypeAlias = Callable[[int], None]
"""Told how many more rows were done."""


@dataclass(frozen=True)
class Reject:
    """Why a row was left out; `column` is empty where it is about the row as a whole.

    `late` where only the base could tell.
    """

    line: int
    column: str
    reason: str
    late: bool = False


@dataclass
class Source:
    """A file of people and how to read it; `rejects` grow as it is read."""

    path: Path
    mapping: Mapping
    catalog: Catalog
    rejects: dict[int, Reject] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether it is JSON Lines, by its name."""
        return self.path.suffix.lower() in JSON_SUFFIXES

    def hash(self) -> str:
        """Of the file and of how it is read: the same one is the same import."""
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        digest.update(self.mapping.model_dump_json().encode())
        return digest.hexdigest()

    @cached_property
    def rules(self) -> str:
        """Hash of the catalog by which its rows are found good."""
        text = json.dumps(encode(self.catalog), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def people(self) -> Iterator[tuple[int, Read]]:
        """The good rows with their lines. Raises BadFile and BadMapping."""
        read: Callable[[Any], Read]
        rows: Iterable[tuple[int, Any]]
        if self.is_json:
            rows, read = json_rows(self.path), JsonReader(self.catalog).read
        else:
            form = form_of(self.path, self.mapping.encoding, self.mapping.delimiter)
            rows, read = csv_rows(self.path, form), CsvReader(self.catalog, self.mapping, form).read
        for line, row in rows:
            try:
                yield line, read(row)
            except BadRow as error:
                self.rejects[line] = Reject(line, error.column, str(error))

    def blocks(self, import_id: int, tick: Tick) -> AsyncIterator[bytes]:
        """The good rows as they are staged, thousands at once; other work goes on between them.

        The next ones are read while the caller writes those. Raises BadFile and BadMapping.
        """
        return _ahead(partial(_block, self.people(), import_id, tick))


async def _ahead(read: Callable[[], bytes]) -> AsyncIterator[bytes]:
    """What `read` gives until it gives nothing, read in a thread one ahead of whoever takes it."""
    following = asyncio.ensure_future(asyncio.to_thread(read))
    try:
        while block := await following:
            following = asyncio.ensure_future(asyncio.to_thread(read))
            yield block
    finally:
        await asyncio.gather(following, return_exceptions=True)


def _block(people: Iterator[tuple[int, Read]], import_id: int, tick: Tick) -> bytes:
    lines = [_line(import_id, line, read) for line, read in islice(people, ROWS_AT_ONCE)]
    tick(len(lines))
    return b"".join(lines)


def _line(import_id: int, line: int, read: Read) -> bytes:
    person = read.person
    return staged_line(
        import_id,
        line,
        person.id,
        person.attributes,
        created_at=read.created_at,
        identities=person.identities,
        consents=[_plain(each) for each in person.consents],
        as_of=person.at,
        plain=_is_plain(person.consents),
    )


def _is_plain(consents: Sequence[Said]) -> bool:
    """Whether each is about something else, and none rests on a sale."""
    if not consents:
        return True
    about = {(each.topic, each.channel) for each in consents if each.basis != "soft_opt_in"}
    return len(about) == len(consents)


@remembered
def _plain(said: Said) -> dict[str, Any]:
    at = said.at.isoformat() if said.at else None
    return {**said.__dict__, "proof": dict(said.proof), "at": at}


def said_of(stored: Iterable[dict[str, Any]]) -> tuple[Said, ...]:
    """What `_plain` wrote."""
    return tuple(
        Said(**{**each, "at": datetime.fromisoformat(each["at"]) if each["at"] else None}) for each in stored
    )
