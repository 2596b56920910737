"""What the cells of a column mean: each text of a column is asked about once, while it is remembered."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from dsl.catalog import Catalog
from dsl.local_time import EARLIEST_YEAR, LATEST_YEAR
from dsl.types import DATE, PHONE
from dsl.values import read_instant
from engine.attribute_input import BadAttribute, read_attribute
from engine.contact_input import Person, Said, consent_faults
from engine.imports.cells import BadCell, read_cell
from engine.imports.files import composed
from engine.imports.mapping import Mapping, ToAttribute, ToConsent

KEPT = 20_000
LONGEST_KEPT = 100
"""Characters: long texts are hardly said twice."""

T = TypeVar("T")


class BadRow(ValueError):
    """Why a row is refused, and in which column."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


class Cells(dict[Any, T]):
    """Meanings by text, of which some are remembered: most columns of most files repeat a few texts."""

    def __init__(self, read: Callable[[Any], T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: Any) -> T:
        value = self._read(text)
        if sum(map(len, filter(None, text))) <= LONGEST_KEPT:
            if len(self) >= KEPT:
                self.clear()
            self[text] = value
        return value


class Nothing:
    """A cell that says nothing: what is known stays."""


NOTHING = Nothing()


class AttributeColumn:
    """A column that holds an attribute: the JSON value as it is stored, or NOTHING."""

    def __init__(self, catalog: Catalog, mapping: Mapping, column: str, target: ToAttribute) -> None:
        self.name, self._column, self._values = target.attribute, column, target.values
        self._catalog, self._mapping = catalog, mapping
        self._type = catalog.attributes[target.attribute].type
        self.by_country = self._type == PHONE
        self.stored = Cells[Any](self._stored)
        self.national = Cells[Any](self._national)
        """The same of (text, country), for what is read by the country of the row."""

    def country(self, text: str) -> str | None:
        """What the cell says as a country, before it is brought to its spelling. Raises BadRow."""
        raw = self._raw(text)
        return raw if isinstance(raw, str) else None

    def _stored(self, text: str) -> Any:
        return self._read(text, None)

    def _national(self, key: tuple[str, str | None]) -> Any:
        return self._read(*key)

    def _read(self, text: str, region: str | None) -> Any:
        raw = self._raw(text)
        if raw is None or raw is NOTHING:
            return raw
        try:
            return read_attribute(self._catalog, self.name, raw, region)
        except BadAttribute as error:
            raise BadRow(self._column, str(error).removeprefix(f"{error.attribute}: ")) from None

    def _raw(self, text: str) -> Any:
        plain = text.strip()
        if not plain:
            return None if self._mapping.empty == "clear" else NOTHING
        if self._values and (word := composed(plain)) in self._values:
            return self._values[word]
        try:
            return read_cell(self._mapping, self._type, text)
        except BadCell as error:
            raise BadRow(self._column, str(error)) from None


class ConsentColumn:
    """A column that says whether they agreed, with the place of its date: a statement, or None."""

    def __init__(
        self, catalog: Catalog, mapping: Mapping, column: str, target: ToConsent, at: int | None
    ) -> None:
        self.at = at
        self._catalog, self._column, self._target = catalog, column, target
        self._granted = frozenset(map(str.lower, target.granted))
        self._withdrawn = frozenset(map(str.lower, target.withdrawn))
        self._instants = instants(mapping, target.at or "")
        self.said = Cells[Said | None](self._said)
        """Of (text, text of the date)."""

    def _said(self, key: tuple[str, str]) -> Said | None:
        text, since = key
        word = composed(text.strip()).lower()
        if not word:
            return None
        topic, _, channel = self._target.consent.partition(".")
        at, basis = self._instants[since], self._target.basis
        if word in self._granted:
            proof = {"column": self._target.consent}
            said = Said(topic, channel, "granted", basis, self._target.text, proof, at)
        elif word in self._withdrawn:
            said = Said(topic, channel, "withdrawn", basis, at=at)
        else:
            known = ", ".join((*self._target.granted, *self._target.withdrawn))
            raise BadRow(self._column, f"expected one of {known}")
        for fault in consent_faults(self._catalog, {}, 0, Person("", consents=(said,))):
            raise BadRow(self._column, fault.message)
        return said


def instants(mapping: Mapping, column: str) -> Cells[datetime | None]:
    """The instants of a column's cells; None of an empty one. Raises BadRow."""
    return Cells(lambda text: _when(mapping, column, text.strip()))


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
