"""What people do in the lives of `test_ledger_against_a_model`: they speak, and turn out to be one or two."""

from datetime import datetime

from engine.consent import reachable
from engine.facts import load
from engine.merging import merge
from engine.preferring import Wish, prefer
from engine.subscriptions import grant, start_sms, stop_sms, withdraw
from engine.unmerging import unmerge
from engine.wishes import PAUSE, SPACING
from store.database import Database
from tests.engine.ledger_deeds import CHANNELS, Deed, Home
from tests.engine.naive_ledger import WISHES, About, Brand, Person

SPEAKING = ("object", "stop", "wish", "merge", "part")
"""Kinds of deeds that change what people want."""

WISHED = (
    {"paused_until": 1},
    {"paused_until": None},
    {"days_per_message": 2},
    {"days_per_message": None},
)


async def heard(home: Home, brand: Brand, now: datetime) -> None:
    """The engine knows of everybody what they said last."""
    alive = [id_ for id_ in brand.people if id_ not in brand.into]
    async with home.database.connection() as connection:
        known = await load(connection, home.plans, alive, now, ())
    for id_, facts in known.items():
        him = brand.people[id_]
        for channel in CHANNELS:
            refuses = bool(him.holds(channel) or (channel == "sms" and him.holds("stop")))
            why = reachable(facts, channel, "newsletter", "marketing")
            assert (why is not None) == refuses, f"{him} is thought to say {why} to {channel}"
        for attribute, about in zip((PAUSE, SPACING), WISHES, strict=True):
            assert facts.attributes.get(attribute) == him.holds(about), f"{him}, not {facts.attributes}"


def objecting(home: Home, who: Person, channel: About, now: datetime, *, again: bool) -> Deed:
    """Somebody refuses a channel, or agrees to it again."""
    about = (who.id, "newsletter", channel)

    async def run(database: Database) -> None:
        say = grant if again else withdraw
        await say(database, home.plans, *about, source="t", now=now)

    def change(brand: Brand) -> None:
        brand.who(who.id).say(channel, not again)

    return Deed("object", run, change)


def stopping(home: Home, who: Person, now: datetime, *, again: bool) -> Deed:
    """A STOP, or a START. It holds for the number, and there may be another one by the time that it comes."""

    async def run(database: Database) -> None:
        if again:
            await start_sms(database, home.plans, who.phone, None, now=now)
        else:
            await stop_sms(database, home.plans, who.phone, None, source="t", now=now)

    def change(brand: Brand) -> None:
        brand.people[who.id].say("stop", not again)

    return Deed("stop", run, change)


def wishing(home: Home, who: Person, wish: Wish, now: datetime) -> Deed:
    """A break, or fewer messages, or the end of either."""

    async def run(database: Database) -> None:
        await prefer(database, home.plans, who.id, wish, source="t", now=now)

    def change(brand: Brand) -> None:
        him = brand.who(who.id)
        for about in WISHES:
            if about in wish and him.holds(about) != wish[about]:
                him.say(about, wish[about])

    return Deed("wish", run, change)


def merging(home: Home, winner: Person, loser: Person, now: datetime) -> Deed:
    """Two people are one."""

    async def run(database: Database) -> None:
        told = await merge(database, home.plans, winner.id, loser.id, actor="t", now=now)
        home.merge = told.id

    def change(brand: Brand) -> None:
        brand.merge(winner.id, loser.id)

    return Deed("merge", run, change)


def parting(home: Home, now: datetime) -> Deed:
    """They were not."""

    async def run(database: Database) -> None:
        await unmerge(database, home.plans, home.merge, actor="t", now=now)

    return Deed("part", run, Brand.part)
