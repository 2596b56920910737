"""A request read by its source: each item becomes what is to be done, is refused with its place, or ignored.

Pure: nobody is looked for and nothing is written, so that `relance sources test` shows the very same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

import orjson

from dsl.catalog import Catalog
from dsl.inbound import model as m
from dsl.inbound.checks import STATES
from dsl.inbound.values import as_text
from dsl.types import INSTANT, TEXT
from dsl.values import read_instant
from engine.attribute_input import BadAttribute, read_attributes
from engine.contact_input import Person, Said, consent_faults
from engine.inbound.paths import ABSENT, Reader, Unreadable, find, pointer_to
from engine.ingest import AHEAD, Incoming, Refused, checked
from store.events import NewEvent

MOST_ITEMS = 1_000
LONGEST = 200
"""Characters of an id."""

Status: TypeAlias = Literal["accepted", "duplicate", "refused", "ignored"]


class BadRequest(ValueError):
    """A request as a whole that cannot be read; the message holds the remedy. Nothing of it is taken."""


@dataclass(frozen=True)
class Sought:
    """One way to the person: `value` is their id, an address in our spelling, or their id of a `kind`."""

    way: m.Way
    value: str
    kind: str = ""


@dataclass(frozen=True)
class Item:
    """What one item of a request becomes. `key` makes it count once, with the source.

    `person` and `event` have no contact yet; `sought` leads to them, the first way that finds somebody.
    """

    index: int
    mapping: str
    key: str
    at: datetime
    sought: tuple[Sought, ...]
    person: Person | None = None
    event: NewEvent | None = None
    pointer: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, pointer: str) -> str:
        """Where in the request a part of `person` was read; the item where that is not known."""
        return self.places.get(pointer, self.pointer)


@dataclass(frozen=True)
class Result:
    """What became of an item. `pointer` and `detail` say why it was refused, or that it was ignored."""

    index: int
    status: Status
    mapping: str | None = None
    pointer: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Request:
    """What is to be done, and what became already of the other items."""

    items: tuple[Item, ...] = ()
    results: tuple[Result, ...] = field(default=())


def read_request(inbound: m.Inbound, catalog: Catalog, body: bytes, now: datetime) -> Request:
    """The items of a verified request. Raises BadRequest."""
    items, results = [], []
    for index, (document, pointer) in enumerate(_documents(inbound, body)):
        mapping = _fitting(inbound, document)
        if mapping is None:
            detail = "fits no mapping of this source"
            results.append(Result(index, "ignored", pointer=pointer, detail=detail))
            continue
        try:
            work = _Work(inbound, catalog, mapping, document, pointer, now)
            items.append(work.item(index))
        except Unreadable as error:
            results.append(Result(index, "refused", mapping.name.value, error.pointer, str(error)))
    return Request(tuple(items), tuple(results))


def _documents(inbound: m.Inbound, body: bytes) -> list[tuple[Any, str]]:
    """The items with their pointers: the body, the elements of its list, or those of the list it holds."""
    try:
        document = orjson.loads(body)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {str(error).partition(':')[0]}") from None
    try:
        held = find(document, inbound.items, "")
    except Unreadable as error:
        raise BadRequest(f"{error.pointer or 'the body'}: {error}") from None
    base = pointer_to("", inbound.items)
    if held is ABSENT or (inbound.items and not isinstance(held, list)):
        raise BadRequest(f"{base or 'the body'} holds no list of items")
    if not isinstance(held, list):
        return [(held, base)]
    if len(held) > MOST_ITEMS:
        raise BadRequest(f"{len(held)} items came at once: send at most {MOST_ITEMS}")
    return [(each, f"{base}/{index}") for index, each in enumerate(held)]


def _fitting(inbound: m.Inbound, document: Any) -> m.Mapping | None:
    """The first mapping of which every `when` holds."""
    return next(
        (each for each in inbound.mappings if all(_holds(document, *when) for when in each.when)), None
    )


def _holds(document: Any, path: tuple[str, ...], texts: Sequence[str]) -> bool:
    try:
        found = as_text(find(document, path, ""))
    except Unreadable:
        return False
    return isinstance(found, str) and found in texts


class _Work:
    """Reads one item by one mapping."""

    def __init__(
        self,
        inbound: m.Inbound,
        catalog: Catalog,
        mapping: m.Mapping,
        document: Any,
        pointer: str,
        now: datetime,
    ) -> None:
        self.inbound, self.catalog, self.mapping = inbound, catalog, mapping
        self.pointer, self.now = pointer, now
        self.said: list[m.SaidConsent] = []
        self.reader = Reader(document, pointer, zone=inbound.zone, currency=catalog.brand.currency)

    def item(self, index: int) -> Item:
        """What it becomes. Raises Unreadable."""
        mapping = self.mapping
        key = "/".join([mapping.name.value, *(self._text(each, "the item's id") for each in mapping.id)])
        if len(key) > LONGEST:
            raise Unreadable(self.reader.pointer(mapping.id[0]), f"makes an id of over {LONGEST} characters")
        at = self._at(mapping.at, "the instant of what happened") if mapping.at else self.now
        sought = tuple(self._sought())
        if mapping.contact and not sought:
            ways = ", ".join(self.reader.pointer(each.value) for each in mapping.contact)
            raise Unreadable(self.pointer, f"does not say whose it is: nothing stands at {ways}")
        person = self._person(at) if mapping.tells_of_a_person else None
        return Item(
            index=index,
            mapping=mapping.name.value,
            key=key,
            at=at,
            sought=sought,
            person=person,
            event=self._stored(self._event(key, at)),
            pointer=self.pointer,
            places=self._places(),
        )

    def _places(self) -> dict[str, str]:
        """Where each part of what is told of a person is read, by the pointer that the engine gives it."""
        parts: dict[str, m.Value] = {}
        for section in ("attributes", "identities"):
            parts |= {f"/{section}/{name.value}": each for name, each in getattr(self.mapping, section)}
        for index, said in enumerate(self.said):
            parts |= {f"/consents/{index}": said.state, f"/consents/{index}/at": said.at or said.state}
        return {name: self.reader.pointer(value) for name, value in parts.items()}

    def _text(self, value: m.Value, what: str) -> str:
        found = self.reader.needed(TEXT, value, what)
        if not 1 <= len(found) <= LONGEST:
            raise Unreadable(self.reader.pointer(value), f"{what} has 1 to {LONGEST} characters")
        return str(found)

    def _at(self, value: m.Value, what: str) -> datetime:
        at = read_instant(self.reader.needed(INSTANT, value, what))
        if at > self.now + AHEAD:
            pointer = self.reader.pointer(value)
            raise Unreadable(pointer, "is more than a day in the future: check the sender's clock")
        return at

    def _sought(self) -> Iterator[Sought]:
        for each in self.mapping.contact:
            found = self.reader.value(TEXT, each.value)
            if found is ABSENT or found == "":
                continue
            text = self._text(each.value, "an id")
            if each.way in ("email", "phone"):
                text = self._attributes({each.way: text}, {each.way: each.value})[each.way]
            yield Sought(each.way, text, each.kind)

    def _person(self, at: datetime) -> Person:
        """What is told of the person as of an instant, as it is stored. Raises Unreadable."""
        given: dict[str, Any] = {}
        for name, value in self.mapping.attributes:
            attribute = self.catalog.attributes.get(name.value)
            if attribute is None:
                message = f"`{name.value}` is no attribute of the catalog that is in force: publish it"
                raise Unreadable(self.reader.pointer(value), message)
            found = self.reader.value(attribute.type, value)
            if found is not ABSENT:
                given[name.value] = found
        values = {name.value: value for name, value in self.mapping.attributes}
        identities = {}
        for name, value in self.mapping.identities:
            found = self.reader.value(TEXT, value)
            if found is not ABSENT:
                identities[name.value] = self._text(value, "an id")
        person = Person("", self._attributes(given, values), identities, tuple(self._consents()), at)
        for fault in consent_faults(self.catalog, {}, 0, person):
            raise Unreadable(self.pointer, fault.message)
        return person

    def _attributes(self, given: dict[str, Any], values: dict[str, m.Value]) -> dict[str, Any]:
        try:
            return read_attributes(self.catalog, given)
        except BadAttribute as error:
            message = str(error).removeprefix(f"{error.attribute}: ")
            raise Unreadable(self.reader.pointer(values[error.attribute]), message) from None

    def _consents(self) -> Iterator[Said]:
        for each in self.mapping.consents:
            state = self.reader.value(STATES, each.state)
            if state is ABSENT:
                continue
            self.said.append(each)
            at = self._at(each.at, "the instant of the consent") if each.at else None
            proof = {"source": self.inbound.name, "mapping": self.mapping.name.value}
            text = each.text.value if each.text and state == "granted" else None
            yield Said(each.topic.value, each.channel.value, state, each.basis, text, proof, at)

    def _event(self, key: str, at: datetime) -> Incoming | None:
        """The event, held to the catalog. Raises Unreadable."""
        if self.mapping.event is None:
            return None
        name = self.mapping.event.value
        declared = self.catalog.events.get(name)
        properties = {}
        for each, value in self.mapping.properties:
            of = declared.properties.field(each.value) if declared else None
            found = ABSENT if of is None else self.reader.value(of, value)
            if of is None:
                message = f"`{name}` has no `{each.value}` in the catalog that is in force: publish it"
                raise Unreadable(self.reader.pointer(value), message)
            if found is not ABSENT:
                properties[each.value] = found
        contact = "?" if self.mapping.contact else None
        return Incoming(key, name, contact, at, properties)

    def _stored(self, event: Incoming | None) -> NewEvent | None:
        """The event as it is stored but for its contact. Raises Unreadable."""
        if event is None:
            return None
        try:
            return checked(self.catalog, event, f"webhook/{self.inbound.name}", self.now)
        except Refused as refused:
            raise Unreadable(self.pointer, str(refused)) from None
