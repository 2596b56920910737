"""People and lives made up from the catalog alone, where nothing is known of real ones.

How often somebody does something differs from person to person: each event happens to a person `RATE` times
in 30 days times a number of their own that is drawn from an exponential distribution. Counts over people
then follow the negative binomial distribution, which fits how often people buy (Ehrenberg, 1959): many
do next to nothing, few do much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from dsl.catalog import BUILT_IN_ATTRIBUTES, Catalog
from dsl.types import ChoiceOf, ListOf, Number, Record, Type
from engine.simulation.draws import draw, how_many
from engine.simulation.setting import Deed, Setting, Somebody
from engine.state import Consent
from engine.typed import event_fact
from engine.virtual import ledger
from engine.virtual.person import Person
from engine.virtual.world import LONG_AGO

RATE = 0.3
"""How often each event happens to somebody in 30 days, on average."""

MONTH = timedelta(days=30)
PAST = timedelta(days=400)
"""How far back lives are made up, so that what was a year ago is there too."""

AGREE = {"email": 0.8, "sms": 0.4}
"""Shares of people who agree to a topic on a channel."""

TRACKED = 0.6
WAKING = (8.0, 22.0)
"""Hours of the day (UTC) in which things happen."""

YEARS = (1946, 2006)
WORDS = ("alder", "birch", "cedar", "elm", "hazel", "larch", "maple", "oak", "pine", "rowan")
OWN = frozenset(each.name for each in BUILT_IN_ATTRIBUTES)


@dataclass(frozen=True)
class Makings:
    """What lives are made of: the events that happen, how often, and what they may say.

    `rates`: times in 30 days, by event. `examples`: properties that an event may have, as stories tell it.
    Where there are none, each property is made up: one of the `words` that scenarios compare it with, by
    event and property, else by its type.
    """

    catalog: Catalog
    rates: Mapping[str, float]
    examples: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    words: Mapping[tuple[str, str], Sequence[Any]] = field(default_factory=dict)


def people(makings: Makings, numbers: range, setting: Setting) -> list[Somebody]:
    """People of these numbers, each with a past and with what they will do."""
    made = [_person(makings.catalog, f"made_up_{number:06}", setting) for number in numbers]
    return lives(makings, made, setting)


def lives(makings: Makings, known: Sequence[Person], setting: Setting) -> list[Somebody]:
    """A life made up for each of these people: what they did in the past, and what they will do."""
    return [_live(makings, person, setting, PAST) for person in known]


def futures(
    makings: Makings, known: Sequence[tuple[Person, datetime | None]], setting: Setting
) -> list[Somebody]:
    """What people will do, made up, where what they did is known."""
    return [_live(makings, person, setting, timedelta()) for person, _ in known]


def _live(makings: Makings, person: Person, setting: Setting, past: timedelta) -> Somebody:
    random, begins, days = draw(setting.seed, "life", person.id), setting.begins, setting.days
    deeds = []
    for name, rate in sorted(makings.rates.items()):
        own = rate * random.expovariate(1) / MONTH.days
        for _ in range(how_many(random, own * (past.days + days))):
            at = _some_instant(random, begins - past, past.days + days)
            deeds.append(Deed(at, name, _said(makings, name, random)))
    deeds.sort(key=lambda each: (each.at, each.name))
    for number, deed in enumerate(each for each in deeds if each.at < begins):
        row = {"seq": -len(deeds) + number, "name": deed.name, "at": deed.at, "properties": deed.properties}
        ledger.remember(person, event_fact(makings.catalog, row))
    return Somebody(person, tuple(each for each in deeds if each.at >= begins))


def _some_instant(random: Random, begins: datetime, days: int) -> datetime:
    return begins + timedelta(days=random.randrange(days), hours=random.uniform(*WAKING))


# Who they are


def _person(catalog: Catalog, id_: str, setting: Setting) -> Person:
    random = draw(setting.seed, "person", id_)
    created = setting.begins - PAST * random.random()
    given = {
        name: _made(attribute.type, random, f"{id_}_{name}")
        for name, attribute in catalog.attributes.items()
        if attribute.computed is None and name not in OWN
    }
    person = Person(id_, created, given)
    person.given |= _address(id_) | {"locale": catalog.locales[0]}
    for topic in catalog.topics.values():
        for channel in topic.channels or tuple(catalog.senders):
            if random.random() < AGREE.get(channel, 0):
                _agrees(person, topic.name, channel)
    for what in ("opens", "clicks"):
        if random.random() < TRACKED:
            _agrees(person, "tracking", what)
    return person


def _agrees(person: Person, topic: str, channel: str) -> None:
    person.consents[topic, channel] = Consent("granted", "consent", LONG_AGO)


def _address(id_: str) -> dict[str, str]:
    """Addresses of nobody: a reserved domain (RFC 2606) and numbers kept for fiction (ARCEP)."""
    digits = int(id_.rpartition("_")[2]) % 10_000
    return {"email": f"{id_}@people.example", "phone": f"+3363998{digits:04}"}


# What is said of something


def _said(makings: Makings, event: str, random: Random) -> Mapping[str, Any]:
    told = makings.examples.get(event)
    if told:
        return random.choice(told)
    declared = makings.catalog.events[event]
    return {
        name: random.choice(words) if (words := makings.words.get((event, name))) else _made(of, random, name)
        for name, of in declared.properties.fields
    }


def _made(of: Type, random: Random, name: str) -> Any:
    """A JSON value of a type."""
    match of:
        case ChoiceOf(options=options):
            return random.choice(options)
        case Number(minimum=low, maximum=high):
            return _number(random, low, high)
        case ListOf(item=item):
            return [_made(item, random, name) for _ in range(random.randint(1, 3))]
        case Record(fields=fields):
            return {each: _made(type_, random, each) for each, type_ in fields}
    return _simple(of.name, random, name)


def _number(random: Random, low: Decimal | None, high: Decimal | None) -> int:
    first = 0 if low is None else int(low)
    return random.randint(first, first + 1000 if high is None else int(high))


def _simple(kind: str, random: Random, name: str) -> Any:
    match kind:
        case "boolean":
            return random.random() < 0.5  # noqa: PLR2004 - heads or tails
        case "money":
            return round(random.lognormvariate(3.7, 0.7), 2)
        case "date":
            return (
                date(YEARS[0], 1, 1) + timedelta(days=random.randrange(365 * (YEARS[1] - YEARS[0])))
            ).isoformat()
        case "instant":
            return datetime(YEARS[1], 1, 1, tzinfo=UTC).isoformat()
        case "email" | "phone":
            return None
        case "time":
            return f"{random.randrange(24):02}:00"
        case "duration":
            return None
    return f"{name}_{random.choice(WORDS)}"
