"""Who lives in the town, in which zone, and what they have agreed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.people import Profile, upsert
from engine.plans import Plans
from engine.statements import Statement
from engine.subscriptions import record
from store.database import Database

PLACES = (
    ("Europe/Paris", "FR"),
    ("Europe/Zurich", "CH"),
    ("Europe/Brussels", "BE"),
    ("America/New_York", "US"),
    ("America/Sao_Paulo", "BR"),
    ("Asia/Tokyo", "JP"),
    ("Pacific/Auckland", "NZ"),
    ("Australia/Lord_Howe", "AU"),
)
"""Whole-hour zones on both sides of the date line, with and without summer time, and one of half an hour."""

AT_HOME, ALONE = 3, 5
"""How many live in a home, and every which of them lives in none."""

TIERS = ("bronze", "silver", "gold")
TOPICS = ("newsletter", "account")
CHANNELS = ("email", "sms")


@dataclass(frozen=True)
class Townsman:
    """A contact. What the counter knows of them it knows from here."""

    id: str
    zone: str
    country: str
    tier: str
    phone: str
    home: str | None = None
    """Where they live together with others, who may be in another zone."""


def townspeople(number: int) -> list[Townsman]:
    """So many people, spread over places and tiers."""
    return [
        Townsman(
            f"t_{each:04}",
            *PLACES[each % len(PLACES)],
            TIERS[each // len(PLACES) % len(TIERS)],
            f"+3363998{each:04}",
            f"h_{each // AT_HOME}" if each % ALONE else None,
        )
        for each in range(number)
    ]


async def settle_in(database: Database, plans: Plans, people: Sequence[Townsman], now: datetime) -> None:
    """Create them, with their consent to everything."""
    profiles = [
        Profile(
            each.id,
            {
                "email": f"{each.id}@example.com",
                "phone": each.phone,
                "country": each.country,
                "timezone": each.zone,
                "tier": each.tier,
                "locale": "fr",
                "home": each.home,
            },
        )
        for each in people
    ]
    result = await upsert(database, plans, profiles, source="town", now=now)
    if result.errors:
        raise RuntimeError(result.errors[0].message)
    for each in people:
        await agree(database, plans, each.id, now)


async def agree(database: Database, plans: Plans, contact: str, now: datetime) -> None:
    """Somebody agrees to every topic on every channel."""
    said = [Statement(contact, topic, channel, "granted", now) for topic in TOPICS for channel in CHANNELS]
    await record(database, plans, said, source="town", now=now)
