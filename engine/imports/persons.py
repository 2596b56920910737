"""A row of a file as a person, by the catalog's rules; what is wrong with it names the column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from dsl.catalog import Catalog
from engine.attribute_input import BadAttribute, read_attributes
from engine.contact_ids import LONGEST, BadId, check_id
from engine.contact_input import Person, consent_faults
from engine.contact_shapes import PersonIn
from engine.imports.columns import NOTHING, AttributeColumn, BadRow, ConsentColumn, instants
from engine.imports.files import CsvForm, NotJson
from engine.imports.mapping import (
    CREATED_AT,
    IGNORED_PREFIX,
    Mapping,
    ToAttribute,
    ToConsent,
    ToIdentity,
    targets,
)
from engine.imports.wording import first_fault

COUNTRY = "country"
"""The attribute by which national phone numbers are read."""


@dataclass(frozen=True)
class Read:
    """A person of a file, with attributes as they are stored, and since when the brand knows them."""

    person: Person
    created_at: datetime | None = None


class CsvReader:
    """Reads rows of one CSV file by its mapping. Raises BadMapping when the header does not fit."""

    def __init__(self, catalog: Catalog, mapping: Mapping, form: CsvForm) -> None:
        header = self._header = form.header
        found = targets(mapping, header, catalog)
        means = [(place, name, target) for place, name in enumerate(header) if (target := found[name])]
        self._attributes = [
            (place, AttributeColumn(catalog, mapping, name, target))
            for place, name, target in means
            if isinstance(target, ToAttribute)
        ]
        self._identities = [(at, name, to.identity) for at, name, to in means if isinstance(to, ToIdentity)]
        self._consents = [
            (place, ConsentColumn(catalog, mapping, name, to, header.index(to.at) if to.at else None))
            for place, name, to in means
            if isinstance(to, ToConsent)
        ]
        self._country = next((each for each in self._attributes if each[1].name == COUNTRY), None)
        self._id = header.index(mapping.id)
        self._as_of = header.index(mapping.as_of) if mapping.as_of else None
        self._since = instants(mapping, mapping.as_of or "")
        self._created = header.index(CREATED_AT) if found.get(CREATED_AT, 0) is None else None
        self._created_at = instants(mapping, CREATED_AT)

    def read(self, cells: list[str]) -> Read:
        """The person of a row. Raises BadRow."""
        if len(cells) != len(self._header):
            raise BadRow("", f"has {len(cells)} cells where the header has {len(self._header)}")
        if "\0" in "".join(cells):
            raise BadRow("", "holds a NUL character")
        attributes = self._told(cells)
        identities = {
            kind: _short(text, column) for at, column, kind in self._identities if (text := cells[at].strip())
        }
        consents = [
            said
            for place, column in self._consents
            if (said := column.said[cells[place], cells[column.at] if column.at is not None else ""])
        ]
        since = self._since[cells[self._as_of]] if self._as_of is not None else None
        person = Person(_id(cells[self._id].strip()), attributes, identities, consents, since)
        created = self._created_at[cells[self._created]] if self._created is not None else None
        return Read(person, created)

    def _told(self, cells: Sequence[str]) -> dict[str, Any]:
        """The attributes of a row."""
        told = {}
        for place, column in self._attributes:
            text = cells[place]
            value = column.national[text, self._region(cells)] if column.by_country else column.stored[text]
            if value is not NOTHING:
                told[column.name] = value
        return told

    def _region(self, cells: Sequence[str]) -> str | None:
        if self._country is None:
            return None
        place, column = self._country
        return column.country(cells[place])


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
            place, said = first_fault(error)
            raise BadRow(".".join(map(str, place)), said) from None
        person = found.person()
        try:
            attributes = read_attributes(self._catalog, person.attributes)
        except BadAttribute as error:
            message = str(error).removeprefix(f"{error.attribute}: ")
            raise BadRow(error.attribute, message) from None
        for fault in consent_faults(self._catalog, {}, 0, person):
            raise BadRow(fault.pointer, fault.message)
        return Read(replace(person, attributes=attributes), found.created_at)


def _without_ours(value: Any) -> Any:
    """A line of a file of rejects, which is given back, without what we said of it."""
    if not isinstance(value, dict):
        return value
    return {name: each for name, each in value.items() if not name.startswith(IGNORED_PREFIX)}


def _id(text: str) -> str:
    """An id of a person as the API takes it. Raises BadRow."""
    try:
        return check_id(text)
    except BadId as error:
        raise BadRow("id", str(error)) from None


def _short(text: str, column: str) -> str:
    """An id elsewhere as the API takes it. Raises BadRow."""
    if len(text) > LONGEST:
        raise BadRow(column, f"an id has 1 to {LONGEST} characters")
    return text
