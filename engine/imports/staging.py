"""Reads a file of people, checks every row, and stages those that are good. Nothing is applied yet."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from dsl.catalog import Catalog
from engine.contact_input import Said
from engine.imports.files import csv_rows, form_of, json_rows
from engine.imports.mapping import Mapping
from engine.imports.persons import BadRow, CsvReader, JsonReader, Read
from store.imports import Staged

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

    async def staged(self, tick: Tick) -> "AsyncStaged":
        """The good rows as they are staged, in pages; other work goes on between them."""
        return AsyncStaged(self.people(), tick)


class AsyncStaged:
    """Pages of rows to stage."""

    def __init__(self, people: Iterator[tuple[int, Read]], tick: Tick) -> None:
        self._people, self._tick = people, tick

    def __aiter__(self) -> "AsyncStaged":
        return self

    async def __anext__(self) -> list[Staged]:
        page = await asyncio.to_thread(lambda: [_row(*each) for each in islice(self._people, ROWS_AT_ONCE)])
        if not page:
            raise StopAsyncIteration
        self._tick(len(page))
        return page


def _row(line: int, read: Read) -> Staged:
    person = read.person
    consents = [_plain(each) for each in person.consents]
    return (
        line,
        person.id,
        read.created_at,
        dict(person.attributes),
        dict(person.identities),
        consents,
        person.at,
    )


def _plain(said: Said) -> dict[str, Any]:
    at = said.at.isoformat() if said.at else None
    return {**said.__dict__, "proof": dict(said.proof), "at": at}


def said_of(stored: Iterable[dict[str, Any]]) -> tuple[Said, ...]:
    """What `_plain` wrote."""
    return tuple(
        Said(**{**each, "at": datetime.fromisoformat(each["at"]) if each["at"] else None}) for each in stored
    )
