"""`catalog.yaml` to Catalog. Computed attributes come out as written; `vocabulary` gives them meaning."""

from collections.abc import Callable
from typing import TypeAlias, TypedDict, TypeVar

from dsl import notation
from dsl.catalog import (
    BUILT_IN_ATTRIBUTES,
    Attribute,
    Brand,
    Catalog,
    CodePool,
    EventType,
    Sender,
    Topic,
    Webhook,
    built_in_events,
)
from dsl.diagnostics import Diagnostic
from dsl.event_parser import read_event
from dsl.frozen import dataclass
from dsl.people_parser import read_household, read_merge_on
from dsl.shapes import Shapes, head
from dsl.source import SourceFile, Span
from dsl.topic_parser import read_topic
from dsl.tree import Entry, Mapping, Node
from dsl.type_notation import TYPE_KEYS, described, read_type, record
from dsl.types import Record
from dsl.values import Duration
from dsl.written import Written

KEYS = (
    "brand", "locales", "contact", "computed", "events", "topics", "senders", "webhooks", "codes", "texts",
    "merge_on", "household",
)  # fmt: skip
DEFAULT_CHANNELS = ("email", "sms")
_ATTRIBUTE_KEYS = (*TYPE_KEYS, "personal", "source", "purpose", "keep", "fresh_for")
_DAYS_OF_YEAR, _MONTHS_OF_YEAR = 365, 12

T = TypeVar("T")
ReadEntry: TypeAlias = Callable[[str, Entry], T | None]


class AboutData(TypedDict):
    """What the catalog says of an attribute for the register of processing (GDPR, art. 30)."""

    personal: bool
    source: str | None
    purpose: str | None
    keep_days: int | None
    fresh_days: int | None


EMPTY = Catalog(Brand("", "", "", "EUR"), (), {}, {}, {}, {}, {}, {}, {})


@dataclass(frozen=True)
class ParsedCatalog:
    """The catalog without built-in events and computed values, and where things were written."""

    catalog: Catalog
    computed: dict[str, Written]
    places: dict[tuple[str, str], Span]
    """(section, name) to the span of the name."""
    diagnostics: tuple[Diagnostic, ...]
    whole: bool


BUILT_IN_EVENTS = frozenset(event.name for event in built_in_events((), (), (), ()))

NOT_READ = ParsedCatalog(EMPTY, {}, {}, (), whole=False)
"""The catalog of a file that could not be read, which was reported."""


def parse_catalog(file: SourceFile, root: Node | None) -> ParsedCatalog:
    """The catalog of a file."""
    reader = _Reader(Shapes(file))
    mapping = reader.shapes.mapping(root, "the catalog") if root is not None else None
    if root is None:
        reader.shapes.error(
            "E122", "the catalog is empty", Span(0, 1), remedy="declare `brand` and `locales`"
        )
    catalog = reader.catalog(mapping) if mapping else EMPTY
    shapes = reader.shapes
    return ParsedCatalog(catalog, reader.computed, reader.places, tuple(shapes.found), shapes.whole)


def channels_of(catalog: Catalog) -> tuple[str, ...]:
    """Every channel that the catalog speaks of; email and sms always."""
    named = [*DEFAULT_CHANNELS, *catalog.senders]
    named += [channel for topic in catalog.topics.values() for channel in topic.channels]
    return tuple(dict.fromkeys(named))


def with_built_ins(catalog: Catalog, scenarios: tuple[str, ...]) -> Catalog:
    """The catalog with the events that every project has, whose choices are the project's own names."""
    built_in = built_in_events(
        scenarios, tuple(catalog.topics), channels_of(catalog), tuple(catalog.attributes)
    )
    events = {event.name: event for event in built_in} | catalog.events
    return Catalog(**{**catalog.__dict__, "events": events})


class _Reader:
    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.computed: dict[str, Written] = {}
        self.attributes: dict[str, Attribute] = {}
        self.locales: tuple[str, ...] = ()
        self.places: dict[tuple[str, str], Span] = {}

    def catalog(self, mapping: Mapping) -> Catalog:
        fields = self.shapes.fields(mapping, "the catalog", KEYS, ("brand", "locales"))
        attributes = {attribute.name: attribute for attribute in BUILT_IN_ATTRIBUTES}
        attributes |= self._each(fields, "contact", self._attribute)
        attributes |= self._each(fields, "computed", self._computed)
        self.attributes = attributes
        self.locales = self._locales(fields.get("locales"))
        return Catalog(
            brand=self._brand(fields.get("brand")),
            locales=self.locales,
            attributes=attributes,
            events=self._each(fields, "events", self._event),
            topics=self._each(fields, "topics", self._topic),
            senders=self._each(fields, "senders", self._sender),
            webhooks=self._each(fields, "webhooks", self._webhook),
            codes=self._each(fields, "codes", self._pool),
            texts=self._each(fields, "texts", self._text),
            merge_on=read_merge_on(self.shapes, fields.get("merge_on"), attributes, self.computed),
            household=read_household(self.shapes, fields.get("household"), attributes, self.computed),
        )

    def _each(self, fields: dict[str, Node], section: str, read: ReadEntry[T]) -> dict[str, T]:
        """The entries of a section by name."""
        node = fields.get(section)
        mapping = self.shapes.mapping(node, f"`{section}`") if node is not None else None
        found = {}
        for entry in mapping.entries if mapping else ():
            named = self.shapes.event_name if section == "events" else self.shapes.name
            name = named(entry.key, f"a name in `{section}`")
            if name is None:
                continue
            self.places[section, name.value] = name.span
            value = read(name.value, entry)
            if value is not None:
                found[name.value] = value
        return found

    def _brand(self, node: Node | None) -> Brand:
        keys = ("name", "legal_sender", "site", "currency")
        fields = self._fields(node, "`brand`", keys, keys)
        name, legal, site, currency = (self.shapes.text(fields.get(key), f"`{key}`") for key in keys)
        if currency is not None and not (len(currency) == 3 and currency.isupper()):  # noqa: PLR2004 - ISO 4217
            self.shapes.error("E123", "`currency` is an ISO code like EUR", head(fields["currency"]))
        return Brand(name or "", legal or "", site or "", currency or "EUR")

    def _fields(
        self, node: Node | None, what: str, keys: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> dict[str, Node]:
        mapping = self.shapes.mapping(node, what) if node is not None else None
        return self.shapes.fields(mapping, what, keys, required) if mapping else {}

    def _locales(self, node: Node | None) -> tuple[str, ...]:
        found = [self.shapes.text(item, "a locale") for item in self.shapes.items(node, "`locales`")]
        if node is not None and not found:
            self.shapes.error("E122", "`locales` needs at least one", head(node))
        return tuple(locale for locale in found if locale is not None)

    def _attribute(self, name: str, entry: Entry) -> Attribute | None:
        if name in {attribute.name for attribute in BUILT_IN_ATTRIBUTES}:
            self.shapes.error(
                "E130", f"the attribute `{name}` is built in", entry.key.span, remedy="leave it out"
            )
            return None
        what = f"the attribute `{name}`"
        if not isinstance(entry.value, Mapping):
            type_ = read_type(self.shapes, entry.value, what)
            return Attribute(name, type_) if type_ else None
        fields = self.shapes.fields(entry.value, what, _ATTRIBUTE_KEYS)
        type_ = described(self.shapes, entry.value, fields, what)
        return Attribute(name, type_, **self._about_data(fields)) if type_ else None

    def _about_data(self, fields: dict[str, Node]) -> AboutData:
        keep = self.shapes.duration(fields.get("keep"), "`keep`")
        fresh = self.shapes.duration(fields.get("fresh_for"), "`fresh_for`")
        return {
            "personal": self.shapes.value(
                fields.get("personal"), "`personal`", notation.boolean, default=False
            ),
            "source": self.shapes.text(fields.get("source"), "`source`"),
            "purpose": self.shapes.text(fields.get("purpose"), "`purpose`"),
            "keep_days": _calendar_days(keep.value) if keep else None,
            "fresh_days": _calendar_days(fresh.value) if fresh else None,
        }

    def _computed(self, name: str, entry: Entry) -> Attribute | None:
        what = f"the computed attribute `{name}`"
        mapping = self.shapes.mapping(entry.value, what)
        if mapping is None:
            return None
        first = self.places.get(("contact", name))
        if first is not None:
            self.shapes.error("E107", f"`{name}` is an attribute and a computed one", entry.key.span)
        fields = self.shapes.fields(mapping, what, (*_ATTRIBUTE_KEYS, "is"), ("is",))
        type_ = described(self.shapes, mapping, fields, what)
        written = self.shapes.expression(fields.get("is"), "`is`")
        if type_ is None or written is None:
            return None
        self.computed[name] = written
        return Attribute(name, type_, **self._about_data(fields))

    def _event(self, name: str, entry: Entry) -> EventType | None:
        mapping = self.shapes.mapping(entry.value, f"the event `{name}`")
        if mapping is None:
            return None
        self._not_taken(name, entry)
        return read_event(self.shapes, name, mapping)

    def _not_taken(self, name: str, entry: Entry) -> None:
        """An event may have neither the name of a built-in one nor the dotted name of an attribute."""
        scope, _, attribute = name.partition(".")
        if name in BUILT_IN_EVENTS:
            message = f"the event `{name}` is built in"
            self.shapes.error("E130", message, entry.key.span, remedy="leave it out")
        elif scope == "contact" and attribute in self.attributes:
            self.shapes.error(
                "E130",
                f"`{name}` is an attribute and an event",
                entry.key.span,
                label="the attribute has this name",
                remedy="call the event by what happened",
            )

    def _topic(self, name: str, entry: Entry) -> Topic | None:
        read = read_topic(self.shapes, name, entry, self.locales)
        if read.sale_span:
            self.places["sale", name] = read.sale_span
        return read.topic

    def _sender(self, name: str, entry: Entry) -> Sender | None:
        keys = ("address", "from", "name", "reply_to", "stop_number")
        fields = self._fields(entry.value, f"the sender `{name}`", keys)
        address = fields.get("address") or fields.get("from")
        if fields and address is None:
            self.shapes.error(
                "E122",
                f"the sender `{name}` needs an address",
                entry.key.span,
                remedy="`address:` or `from:`",
            )
        name_, reply_to, stop = (self.shapes.text(fields.get(key), f"`{key}`") for key in keys[2:])
        text = self.shapes.text(address, "the address") if address is not None else None
        return Sender(name, text, name_, reply_to, stop) if text else None

    def _webhook(self, name: str, entry: Entry) -> Webhook | None:
        keys = ("url_env", "method", "timeout", "returns")
        fields = self._fields(entry.value, f"the webhook `{name}`", keys, ("url_env",))
        url_env = self.shapes.text(fields.get("url_env"), "`url_env`")
        method = self.shapes.choice(fields.get("method"), "`method`", ("POST", "PUT", "GET"), "POST")
        timeout = self.shapes.duration(fields.get("timeout"), "`timeout`")
        returns = record(self.shapes, fields["returns"], "`returns`") if "returns" in fields else None
        seconds = timeout.value.exact_seconds if timeout else 5
        return Webhook(name, url_env, method, seconds, returns or Record(())) if url_env else None

    def _pool(self, name: str, entry: Entry) -> CodePool | None:
        fields = self._fields(entry.value, f"the code pool `{name}`", ("file",), ("file",))
        file = self.shapes.text(fields.get("file"), "`file`")
        return CodePool(name, file) if file else None

    def _text(self, name: str, entry: Entry) -> str | None:
        return self.shapes.text(entry.value, f"the text `{name}`")


def _calendar_days(length: Duration) -> int:
    """Whole days of a period of keeping: a year is 365 days."""
    return length.months * _DAYS_OF_YEAR // _MONTHS_OF_YEAR + length.days + length.seconds // 86_400
