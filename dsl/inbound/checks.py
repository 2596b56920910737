"""What a source says, held to the catalog: names that exist, values that can be of their types."""

from collections.abc import Iterable, Iterator, Mapping

from dsl import types
from dsl.catalog import Attribute, Catalog, EventType
from dsl.catalog_parser import channels_of
from dsl.diagnostics import Diagnostic, did_you_mean, error
from dsl.inbound import model as m
from dsl.inbound.values import fault_of
from dsl.source import SourceFile, Span
from dsl.types import ChoiceOf, ListOf, Record, Type, describe
from dsl.written import Given

GIVEN_BY_US = ("id", "created_at")
STATES = ChoiceOf(("granted", "withdrawn"))


def check(inbound: m.Inbound, catalog: Catalog) -> Iterator[Diagnostic]:
    """What is wrong with a source."""
    checker = _Checker(inbound.file, catalog)
    yield from checker.reached(inbound.mappings)
    for mapping in inbound.mappings:
        yield from checker.mapping(mapping)


class _Checker:
    def __init__(self, file: SourceFile, catalog: Catalog) -> None:
        self.file = file
        self.catalog = catalog

    def reached(self, mappings: Iterable[m.Mapping]) -> Iterator[Diagnostic]:
        """The first that fits takes an item, so that nothing may stand behind one that always fits."""
        always: m.Mapping | None = None
        for each in mappings:
            if always is not None:
                message = f"no item ever comes to the mapping `{each.name.value}`"
                remedy = f"`{always.name.value}` takes every item: give it a `when`, or put it last"
                yield self._error("E902", message, each.name.span, remedy)
            elif not each.when:
                always = each

    def mapping(self, mapping: m.Mapping) -> Iterator[Diagnostic]:
        yield from self._purpose(mapping)
        if mapping.event is not None:
            yield from self._event(mapping, mapping.event)
        for name, value in mapping.attributes:
            yield from self._attribute(name, value)
        for said in mapping.consents:
            yield from self._consent(said)
        texts = [*mapping.id, *(each.value for each in mapping.contact), *(v for _, v in mapping.identities)]
        for value in texts:
            yield from self._value(types.TEXT, value)
        for instant in (mapping.at, *(said.at for said in mapping.consents)):
            if instant is not None:
                yield from self._value(types.INSTANT, instant)

    def _purpose(self, mapping: m.Mapping) -> Iterator[Diagnostic]:
        """Something must come of an item, and it must be clear of whom."""
        name, span = mapping.name.value, mapping.name.span
        event = self.catalog.events.get(mapping.event.value) if mapping.event else None
        about = event is not None and event.about is not None
        if mapping.event is None and not mapping.tells_of_a_person:
            remedy = "give it an `event`, `attributes`, `identities` or `consents`"
            yield self._error("E903", f"nothing comes of the mapping `{name}`", span, remedy)
        elif about and (mapping.contact or mapping.tells_of_a_person):
            message = (
                f"`{mapping.event.value if mapping.event else ''}` is about an object and has no contact"
            )
            yield self._error("E904", message, span, "tell of the person in a mapping of its own")
        elif not about and not mapping.contact:
            remedy = "say where the person is: `contact: { id: customer.id }`"
            yield self._error("E904", f"the mapping `{name}` does not say whose it is", span, remedy)

    def _event(self, mapping: m.Mapping, name: Given[str]) -> Iterator[Diagnostic]:
        declared = self.catalog.events.get(name.value)
        if declared is None or declared.built_in:
            own = [each.name for each in self.catalog.events.values() if not each.built_in]
            what = "is raised by Relance itself" if declared else "is not in the catalog"
            remedy = did_you_mean(name.value, own) or "declare it in catalog.yaml"
            yield self._error("E210", f"the event `{name.value}` {what}", name.span, remedy)
            return
        yield from self._properties(declared, mapping.properties)

    def _properties(
        self, event: EventType, given: Iterable[tuple[Given[str], m.Value]]
    ) -> Iterator[Diagnostic]:
        for name, value in given:
            of = event.properties.field(name.value)
            if of is None:
                message = f"`{event.name}` has no property `{name.value}`"
                known = dict(event.properties.fields)
                remedy = did_you_mean(name.value, known) or f"it has {', '.join(known) or 'none'}"
                yield self._error("E213", message, name.span, remedy)
            else:
                yield from self._value(of, value)

    def _attribute(self, name: Given[str], value: m.Value) -> Iterator[Diagnostic]:
        attribute: Attribute | None = self.catalog.attributes.get(name.value)
        if attribute is None:
            remedy = did_you_mean(name.value, self.catalog.attributes) or "declare it in catalog.yaml"
            yield self._error("E211", f"unknown attribute `{name.value}`", name.span, remedy)
        elif attribute.computed is not None or name.value in GIVEN_BY_US:
            message = f"`contact.{name.value}` cannot be given"
            yield self._error("E212", message, name.span, "leave it out")
        else:
            yield from self._value(attribute.type, value)

    def _consent(self, said: m.SaidConsent) -> Iterator[Diagnostic]:
        catalog, topic = self.catalog, said.topic.value
        channels: Iterable[str] = ("opens", "clicks")
        if topic != "tracking":
            yield from self._known(said.topic, catalog.topics, "topic", "E215")
            known = catalog.topics.get(topic)
            channels = (known.channels if known else ()) or channels_of(catalog)
        yield from self._known(said.channel, channels, "channel", "E214")
        if said.text is not None:
            yield from self._known(said.text, catalog.texts, "consent text", "E217")
        yield from self._value(STATES, said.state)

    def _known(
        self, name: Given[str], names: Iterable[str] | Mapping[str, object], what: str, code: str
    ) -> Iterator[Diagnostic]:
        known = tuple(names)
        if name.value not in known:
            remedy = did_you_mean(name.value, known) or f"there are {', '.join(known) or 'none'}"
            yield self._error(code, f"unknown {what} `{name.value}`", name.span, remedy)

    def _value(self, type_: Type, value: m.Value) -> Iterator[Diagnostic]:
        """Fixed texts and translations of another type; lists where none is due."""
        match value:
            case m.FromList(fields=fields, span=span):
                item = type_.item if isinstance(type_, ListOf) else None
                if not isinstance(item, Record):
                    message = f"a list of records stands where {describe(type_)} is due"
                    yield self._error("E905", message, span, "write the path of one value")
                    return
                for name, each in fields:
                    yield from self._field(item, name, each)
            case m.Literally(text=text, span=span):
                yield from self._fits(type_, text, span)
            case m.FromPath(values=values, otherwise=otherwise):
                for given in (*values.values(), *([otherwise] if otherwise else ())):
                    if given.value is not None:
                        yield from self._fits(type_, given.value, given.span)

    def _field(self, record: Record, name: Given[str], value: m.Value) -> Iterator[Diagnostic]:
        of = record.field(name.value)
        if of is None:
            known = dict(record.fields)
            remedy = did_you_mean(name.value, known) or f"it has {', '.join(known) or 'none'}"
            yield self._error("E213", f"an item of the list has no `{name.value}`", name.span, remedy)
        else:
            yield from self._value(of, value)

    def _fits(self, type_: Type, text: str, span: Span) -> Iterator[Diagnostic]:
        fault = fault_of(type_, text, self.catalog)
        if fault:
            yield self._error("E905", f"`{text}` is not {describe(type_)}", span, fault)

    def _error(self, code: str, message: str, span: Span, remedy: str) -> Diagnostic:
        return error(self.file, code, message, span, remedy=remedy)
