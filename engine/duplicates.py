"""Contacts that are one person by the rules that the catalog declares (`merge_on`), and their merging.

The same base gives the same merges: rules in their order, of each value the oldest contact stays.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.merging import CannotMerge, merge
from engine.plans import Plans
from store import duplicates
from store.database import Connection, Database

MOST = 10
"""More contacts than this of one value are a placeholder or a shared box, and nobody to merge by rule."""


@dataclass(frozen=True)
class Pair:
    """Two contacts of one value of `rule`, an attribute; `people` have it. `doubtful`: too many of them."""

    rule: str
    winner: str
    loser: str
    people: int

    @property
    def doubtful(self) -> bool:
        """Whether so many share the value that it tells nobody."""
        return self.people > MOST


@dataclass(frozen=True)
class Joined:
    """What became of a pair: the number of the merge, or why there was none."""

    pair: Pair
    merge: int | None
    why_not: str = ""


async def find(connection: Connection, rules: Iterable[str]) -> list[Pair]:
    """Pairs by each rule, in the order of the rules; two contacts may be a pair by several."""
    return [Pair(rule, **row) for rule in rules for row in await duplicates.pairs(connection, rule)]


async def merge_all(
    database: Database,
    plans: Plans,
    *,
    actor: str,
    now: datetime,
    beat: Callable[[int], None] = lambda _: None,
) -> list[Joined]:
    """Merge every pair, each in a transaction of its own; a rule finds what the ones before it left.

    Doing it again goes on with what is left. `beat` is told of each pair.
    """
    joined = []
    for rule in (await plans.world()).catalog.merge_on:
        async with database.connection() as connection:
            pairs = await find(connection, [rule])
        for pair in pairs:
            joined.append(await _join(database, plans, pair, actor, now))
            beat(1)
    return joined


async def _join(database: Database, plans: Plans, pair: Pair, actor: str, now: datetime) -> Joined:
    if pair.doubtful:
        return Joined(pair, None, f"{pair.people} people have this value, which tells nobody")
    try:
        done = await merge(
            database, plans, pair.winner, pair.loser, actor=f"{actor}, by {pair.rule}", now=now
        )
    except CannotMerge as error:
        return Joined(pair, None, str(error))
    return Joined(pair, done.id)
