"""How the values of an attribute are spread over the base: what a threshold would cut off."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from dsl import sql
from dsl.catalog import Attribute
from dsl.evaluate import evaluate
from dsl.nodes import Field
from dsl.plan import World
from dsl.relational.terms import NotInSql
from dsl.types import MONEY, ChoiceOf, Number, Simple
from dsl.values import Money, Value
from engine.asking import facts_for, scope_of_person
from engine.plans import Plans
from engine.segment_members import PAGE, zones_of
from store import segments
from store.database import Connection
from store.segments import Condition, Places

QUANTILES = (10, 20, 25, 40, 50, 60, 75, 80, 90, 99)
BARS = 10


class NoSpread(LookupError):
    """There is no such attribute, or its values cannot be spread; the message says which."""


@dataclass(frozen=True)
class Bar:
    """People with a value, or from one to another (without that one, but in the last bar)."""

    label: str
    people: int


@dataclass(frozen=True)
class Spread:
    """The values of an attribute over the people who have one. `quantiles`: percent to value, of numbers."""

    attribute: str
    people: int
    unknown: int
    bars: Sequence[Bar]
    quantiles: Mapping[int, Decimal]
    mean: Decimal | None = None


async def spread(connection: Connection, plans: Plans, name: str, now: datetime) -> Spread:
    """How an attribute of contacts, stored or computed, is spread now. Raises NoSpread, NothingPublished."""
    world = await plans.world(connection)
    attribute = _attribute(world, name)
    counted: Counter[str | None] = Counter()
    for zone, keys in await zones_of(connection, world):
        counted.update(dict(await _values(connection, plans, world, attribute, (zone, keys), now)))
    unknown = counted.pop(None, 0)
    people = sum(counted.values()) + unknown
    values = {text: count for text, count in counted.items() if text is not None}
    if isinstance(attribute.type, Number) or attribute.type == MONEY:
        numbers = sorted((Decimal(text), count) for text, count in values.items())
        return Spread(name, people, unknown, _histogram(numbers), dict(_quantiles(numbers)), _mean(numbers))
    bars = [Bar(text, count) for text, count in _ordered(attribute, values)]
    return Spread(name, people, unknown, bars, {})


def _attribute(world: World, name: str) -> Attribute:
    name = name.removeprefix("contact.")
    attribute = world.catalog.attributes.get(name)
    if attribute is None:
        near = get_close_matches(name, world.catalog.attributes, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "see catalog.yaml"
        raise NoSpread(f"there is no attribute `{name}`: {hint}")
    match attribute.type:
        case Number() | ChoiceOf() | Simple(name="money" | "boolean"):
            return attribute
    raise NoSpread(f"`{name}` is neither a number, an amount, a choice nor a yes or no")


async def _values(
    connection: Connection,
    plans: Plans,
    world: World,
    attribute: Attribute,
    where: tuple[str, Places],
    now: datetime,
) -> list[tuple[str | None, int]]:
    """Counts by value for the people of one zone: asked of the base, or of each where SQL cannot say it."""
    zone, places = where
    field = Field("contact", (attribute.name,))
    try:
        said = sql.compile(field, world, now=now, zone=ZoneInfo(zone))
    except NotInSql:
        return await _asked(connection, plans, world, field, places, now)
    return await segments.values(connection, Condition(said.text, said.params), places)


async def _asked(
    connection: Connection, plans: Plans, world: World, field: Field, places: Places, now: datetime
) -> list[tuple[str | None, int]]:
    everybody = Condition("true", {})
    counted: Counter[str | None] = Counter()
    after = ""
    while page := await segments.page(connection, everybody, places, after, PAGE):
        known = await facts_for(connection, plans, [row["id"] for row in page], [field], now)
        counted.update(_text(evaluate(field, scope_of_person(world, each, now))) for each in known.values())
        after = page[-1]["id"]
    return list(counted.items())


def _text(value: Value) -> str | None:
    match value:
        case None:
            return None
        case Money(amount=amount):
            return str(amount)
        case bool():
            return "true" if value else "false"
    return str(value)


def _ordered(attribute: Attribute, values: Mapping[str, int]) -> list[tuple[str, int]]:
    """Choices in the order of the catalog, others by how many people have them."""
    if isinstance(attribute.type, ChoiceOf):
        return [(option, values.get(option, 0)) for option in attribute.type.options]
    return sorted(values.items(), key=lambda each: -each[1])


def _histogram(numbers: Sequence[tuple[Decimal, int]]) -> list[Bar]:
    """Ten spans of equal width, or a bar for each value where there are no more than that."""
    if len(numbers) <= BARS:
        return [Bar(_plain(value), count) for value, count in numbers]
    low, high = numbers[0][0], numbers[-1][0]
    width = (high - low) / BARS
    counts = [0] * BARS
    for value, count in numbers:
        counts[min(BARS - 1, int((value - low) / width))] += count
    edges = [low + width * place for place in range(BARS + 1)]
    return [Bar(f"{_plain(edges[at])} to {_plain(edges[at + 1])}", count) for at, count in enumerate(counts)]


def _quantiles(numbers: Sequence[tuple[Decimal, int]]) -> Iterator[tuple[int, Decimal]]:
    """The value that so many percent of the people do not exceed."""
    total = sum(count for _, count in numbers)
    reached, place = 0, 0
    for value, count in numbers:
        reached += count
        while place < len(QUANTILES) and reached * 100 >= QUANTILES[place] * total:
            yield QUANTILES[place], value
            place += 1


def _mean(numbers: Sequence[tuple[Decimal, int]]) -> Decimal | None:
    total = sum(count for _, count in numbers)
    amount = sum((value * count for value, count in numbers), Decimal(0))
    return round(amount / total, 2) if total else None


def _plain(value: Decimal) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
