"""Facts at their own dates: the newest is the value that somebody has, an older one is history."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from store import contacts
from store.contacts import Fact
from store.database import Connection

Key: TypeAlias = tuple[str, str]
"""A contact and an attribute."""


@dataclass(frozen=True, slots=True)
class Given:
    """The JSON value of an attribute, and since when it holds; `at` None: nobody said, so from now on."""

    contact_id: str
    attribute: str
    value: Any
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """What is the present value of each, and what is only history. `newer`: dated after all that is known."""

    present: tuple[Given, ...]
    late: tuple[Given, ...]
    newer: frozenset[Key]


async def sort(connection: Connection, given: Sequence[Given], now: datetime) -> Sorted:
    """Tell facts that are news from those that come late, for locked contacts. Of one date the last holds."""
    dated = {(each.contact_id, each.attribute) for each in given if each.at is not None}
    known = await contacts.known_since(connection, dated) if dated else {}
    return _sorted(given, known, now)


def _sorted(given: Iterable[Given], known: Mapping[Key, datetime], now: datetime) -> Sorted:
    newest: dict[Key, Given] = {}
    late: list[Given] = []
    for each in given:
        key = (each.contact_id, each.attribute)
        before = newest.get(key)
        if (each.at or now) < known.get(key, each.at or now):
            late.append(each)
        elif before is None or (each.at or now) >= (before.at or now):
            late += [before] if before is not None and each.at is not None else []
            newest[key] = each
        else:
            late.append(each)
    newer = {key for key, each in newest.items() if each.at and (key not in known or each.at > known[key])}
    return Sorted(tuple(newest.values()), tuple(late), frozenset(newer))


async def keep(
    connection: Connection, late: Collection[Given], again: Collection[Given], *, source: str, now: datetime
) -> None:
    """Write late facts into the history, and when values that are known were said `again`."""
    facts = [Fact(each.contact_id, each.attribute, each.value, each.at or now, False) for each in late]
    facts += [Fact(each.contact_id, each.attribute, each.value, each.at or now, True) for each in again]
    if facts:
        await contacts.add_facts(connection, facts, source=source, now=now)
