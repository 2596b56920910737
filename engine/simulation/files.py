"""People and events of files, as a simulation takes them; nothing is written anywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dsl.catalog import Catalog
from dsl.values import read_instant
from engine.imports.columns import BadRow
from engine.imports.files import csv_rows, form_of, json_rows
from engine.imports.mapping import Mapping
from engine.imports.persons import CsvReader, JsonReader, Read
from engine.ingest import Incoming, Refused, checked
from engine.simulation.setting import Deed, Setting, Somebody
from engine.state import Consent
from engine.typed import event_fact
from engine.virtual import ledger
from engine.virtual.person import Person
from engine.virtual.world import LONG_AGO

SHOWN = 5
FIELDS = frozenset({"id", "name", "contact", "at", "with"})
KNOWN_FOR = timedelta(days=365)
"""How long people have been in the base of whom a file does not say since when."""


class BadLines(ValueError):
    """Lines of a file are not as the catalog wants them; the message names the first of them."""

    def __init__(self, path: Path, wrong: list[str]) -> None:
        more = [f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        super().__init__("\n  ".join([f"{path}: lines are wrong", *wrong[:SHOWN], *more]))


# People


def people(path: Path, mapping: Mapping, setting: Setting) -> list[Person]:
    """The people of a CSV or JSON Lines file. Raises BadFile, BadMapping or BadLines."""
    found: dict[str, Person] = {}
    wrong = []
    for line, read in _read(path, mapping, setting.rules.catalog):
        if isinstance(read, BadRow):
            wrong.append(f"line {line}: {read.column + ': ' if read.column else ''}{read}")
        else:
            found[read.person.id] = _person(read, setting.begins)
    if wrong:
        raise BadLines(path, wrong)
    return list(found.values())


def _read(path: Path, mapping: Mapping, catalog: Catalog) -> Iterator[tuple[int, Read | BadRow]]:
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        of_json = JsonReader(catalog)
        for line, value in json_rows(path):
            try:
                yield line, of_json.read(value)
            except BadRow as error:
                yield line, error
        return
    form = form_of(path, mapping.encoding, mapping.delimiter)
    of_csv = CsvReader(catalog, mapping, form)
    for line, cells in csv_rows(path, form):
        try:
            yield line, of_csv.read(cells)
        except BadRow as error:
            yield line, error


def _person(read: Read, begins: datetime) -> Person:
    told = read.person
    given = {name: value for name, value in told.attributes.items() if value is not None}
    person = Person(told.id, read.created_at or begins - KNOWN_FOR, given)
    for each in told.consents:
        person.consents[each.topic, each.channel] = Consent(each.state, each.basis, each.at or LONG_AGO)
    return person


# Events


@dataclass
class Events:
    """The events of a file: of people by their id, oldest first, and about objects."""

    of_people: dict[str, list[Deed]] = field(default_factory=dict)
    of_objects: list[Deed] = field(default_factory=list)

    @property
    def first(self) -> datetime | None:
        """The instant of the first of them."""
        every = (deed.at for deeds in (*self.of_people.values(), self.of_objects) for deed in deeds)
        return min(every, default=None)

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(map(len, self.of_people.values())) + len(self.of_objects)


def events(path: Path, catalog: Catalog) -> Events:
    """The events of a JSON Lines file, each as `POST /v1/events` takes it. Raises BadFile or BadLines."""
    found, wrong, seen = Events(), list[str](), set[str]()
    for line, value in json_rows(path):
        try:
            event = _event(value, catalog)
        except (ValueError, Refused) as error:
            wrong.append(f"line {line}: {error}")
            continue
        if event.id in seen:
            continue
        seen.add(event.id)
        deed = Deed(event.at, event.name, event.properties)
        if event.contact is None:
            found.of_objects.append(deed)
        else:
            found.of_people.setdefault(event.contact, []).append(deed)
    if wrong:
        raise BadLines(path, wrong)
    for deeds in (*found.of_people.values(), found.of_objects):
        deeds.sort(key=lambda each: each.at)
    return found


def _event(value: Any, catalog: Catalog) -> Incoming:
    if isinstance(value, ValueError):
        raise value
    if not isinstance(value, dict) or not value.keys() <= FIELDS:
        raise ValueError(f"an event is an object with {', '.join(sorted(FIELDS))}")
    texts = [value.get(name) for name in ("id", "name", "at")]
    contact, said = value.get("contact"), value.get("with") or {}
    if not (all(isinstance(each, str) for each in (*texts, contact or "")) and isinstance(said, dict)):
        raise ValueError("id, name, at and contact are texts, and with is an object")
    at = read_instant(value["at"])
    event = Incoming(value["id"], value["name"], contact, at, said)
    checked(catalog, event, "simulation", at)
    return event


# Lives


def lives(told: dict[str, list[Deed]], known: Sequence[Person], setting: Setting) -> list[Somebody]:
    """People with what they did before the first day in their history, and the rest still to come."""
    return [_live(person, told.get(person.id, ()), setting) for person in known]


def _live(person: Person, deeds: Sequence[Deed], setting: Setting) -> Somebody:
    past = [each for each in deeds if each.at < setting.begins]
    for number, deed in enumerate(past):
        row = {"seq": number - len(past), "name": deed.name, "at": deed.at, "properties": deed.properties}
        ledger.remember(person, event_fact(setting.rules.catalog, row))
    if past and past[0].at < person.created_at:
        person.create(past[0].at)
    return Somebody(person, tuple(deeds[len(past) :]))
