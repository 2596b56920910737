"""A row of a file as a person, by the catalog's rules; what is wrong with it names the column."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import ValidationError

from dsl.catalog import Catalog
from dsl.types import DATE
from dsl.values import read_instant
from engine.attribute_input import BadAttribute, read_attributes
from engine.contact_input import Person, Said, consent_faults
from engine.contact_shapes import EARLIEST_YEAR, LATEST_YEAR, PersonIn
from engine.imports.cells import BadCell, read_cell
from engine.imports.files import CsvForm, NotJson, composed
from engine.imports.mapping import (
    CREATED_AT,
    IGNORED_PREFIX,
    Mapping,
    Target,
    ToAttribute,
    ToConsent,
    ToIdentity,
    targets,
)

MAX_ID = 200


class BadRow(ValueError):
    """Why a row is refused, and in which column."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Read:
    """A person of a file, with attributes as they are stored, and since when the brand knows them."""

    person: Person
    created_at: datetime | None = None


@dataclass
class _Told:
    attributes: dict[str, Any] = field(default_factory=dict)
    identities: dict[str, str] = field(default_factory=dict)
    consents: list[Said] = field(default_factory=list)


class CsvReader:
    """Reads rows of one CSV file by its mapping. Raises BadMapping when the header does not fit."""

    def __init__(self, catalog: Catalog, mapping: Mapping, form: CsvForm) -> None:
        self._catalog, self._mapping, self._header = catalog, mapping, form.header
        self._targets = targets(mapping, form.header, catalog)
        known = [(place, name, self._targets[name]) for place, name in enumerate(form.header)]
        self._columns = [(place, name, target) for place, name, target in known if target]
        self._id = form.header.index(mapping.id)
        self._created = form.header.index(CREATED_AT) if self._targets.get(CREATED_AT, 0) is None else None

    def read(self, cells: list[str]) -> Read:
        """The person of a row. Raises BadRow."""
        if len(cells) != len(self._header):
            raise BadRow("", f"has {len(cells)} cells where the header has {len(self._header)}")
        if "\0" in "".join(cells):
            raise BadRow("", "holds a NUL character")
        told = _Told()
        for place, column, target in self._columns:
            try:
                self._take(target, cells[place], cells, told)
            except BadCell as error:
                raise BadRow(column, str(error)) from None
        as_of = cells[self._header.index(self._mapping.as_of)].strip() if self._mapping.as_of else ""
        since = _when(self._mapping, self._mapping.as_of or "", as_of)
        person = Person(cells[self._id].strip(), told.attributes, told.identities, told.consents, since)
        created = cells[self._created].strip() if self._created is not None else ""
        read = Read(person, _when(self._mapping, CREATED_AT, created))
        return _checked(self._catalog, read, self._column_of)

    def _take(self, target: Target, text: str, cells: list[str], into: "_Told") -> None:
        empty = not text.strip()
        match target:
            case ToAttribute(attribute=name) if not empty:
                into.attributes[name] = self._value(target, text)
            case ToAttribute(attribute=name) if self._mapping.empty == "clear":
                into.attributes[name] = None
            case ToIdentity(identity=kind) if not empty:
                into.identities[kind] = _short(text.strip())
            case ToConsent() if not empty:
                into.consents.append(self._said(target, text.strip(), cells))

    def _value(self, target: ToAttribute, text: str) -> Any:
        plain = composed(text.strip())
        if plain in target.values:
            return target.values[plain]
        return read_cell(self._mapping, self._catalog.attributes[target.attribute].type, text)

    def _said(self, target: ToConsent, text: str, cells: list[str]) -> Said:
        topic, _, channel = target.consent.partition(".")
        word = composed(text).lower()
        at = None
        if target.at is not None:
            at = _when(self._mapping, target.at, cells[self._header.index(target.at)].strip())
        if word in map(str.lower, target.granted):
            return Said(topic, channel, "granted", target.basis, target.text, {"column": target.consent}, at)
        if word in map(str.lower, target.withdrawn):
            return Said(topic, channel, "withdrawn", target.basis, at=at)
        known = ", ".join((*target.granted, *target.withdrawn))
        raise BadCell(f"expected one of {known}")

    def _column_of(self, attribute: str) -> str:
        """The column in which an attribute stands."""
        for name, target in self._targets.items():
            if isinstance(target, ToAttribute) and target.attribute == attribute:
                return name
        return attribute


class JsonReader:
    """Reads lines of a JSON Lines file, each a person as the API takes them, with `created_at` if known."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def read(self, value: Any) -> Read:
        """The person of a line. Raises BadRow."""
        if isinstance(value, NotJson):
            raise BadRow("", str(value))
        try:
            found = PersonIn.model_validate(_without_ours(value))
        except ValidationError as error:
            first = error.errors()[0]
            raise BadRow(".".join(map(str, first["loc"])), first["msg"]) from None
        return _checked(self._catalog, Read(found.person(), found.created_at), lambda attribute: attribute)


def _without_ours(value: Any) -> Any:
    """A line of a file of rejects, which is given back, without what we said of it."""
    if not isinstance(value, dict):
        return value
    return {name: each for name, each in value.items() if not name.startswith(IGNORED_PREFIX)}


def _checked(catalog: Catalog, read: Read, column_of: Callable[[str], str]) -> Read:
    """The same with attributes as they are stored. Raises BadRow."""
    person = read.person
    if not 1 <= len(person.id) <= MAX_ID:
        raise BadRow("id", f"an id has 1 to {MAX_ID} characters")
    try:
        attributes = read_attributes(catalog, person.attributes)
    except BadAttribute as error:
        message = str(error).removeprefix(f"{error.attribute}: ")
        raise BadRow(column_of(error.attribute), message) from None
    for fault in consent_faults(catalog, {}, 0, person):
        raise BadRow(fault.pointer, fault.message)
    return replace(read, person=replace(person, attributes=attributes))


def _when(mapping: Mapping, column: str, text: str) -> datetime | None:
    """The instant of a cell; a day alone is taken as its first moment in UTC."""
    if not text:
        return None
    try:
        at = read_instant(text)
    except ValueError:
        try:
            day = date.fromisoformat(read_cell(mapping, DATE, text))
        except BadCell as error:
            raise BadRow(column, f"{error}, or an instant like 2026-12-25T09:00:00+01:00") from None
        at = datetime.combine(day, time(), UTC)
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise BadRow(column, f"is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return at


def _short(text: str) -> str:
    """An id as the API takes it. Raises BadCell."""
    if len(text) > MAX_ID:
        raise BadCell(f"an id has 1 to {MAX_ID} characters")
    return text
