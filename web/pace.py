"""How often somebody wants to be written to, and whether they take a break: in the preference centre."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from engine.preferring import Wish, prefer
from engine.territory import zone_of
from engine.typed import attributes
from engine.wishes import PAUSE, SPACING, spacing
from store import contacts
from web.public import Visitor
from web.services import Services

OFTEN = (None, 7, 30)
"""In how many days one message is enough; None: the brand's own limits alone."""

BREAKS = (30, 90)
"""Days of a break that may be chosen."""

USUAL, NONE, KEEP = "usual", "none", "keep"
"""What is sent for no spacing, for no break, and where a break that is under way is left as it is."""


@dataclass(frozen=True)
class Option:
    """One of several choices of which one holds."""

    name: str
    title: str
    on: bool


@dataclass(frozen=True)
class _Held:
    """What holds for a person: days for a message, the end of a break that is under way, their zone."""

    days: int | None
    until: datetime | None
    zone: ZoneInfo


async def options(services: Services, who: Visitor) -> tuple[list[Option], list[Option]]:
    """What may be chosen for how often and for a break, and what holds now."""
    held, words = await _held(services, who.contact_id), who.words
    shown = _nearest(held.days)
    often = [Option(_name(each), words[f"often_{_name(each)}"], each == shown) for each in OFTEN]
    breaks = [Option(NONE, words["pause_none"], held.until is None)]
    if held.until is not None:
        date = format_date(held.until.astimezone(held.zone), "long", locale=words["lang"])
        breaks.append(Option(KEEP, words["pause_keep"].format(date=date), on=True))
    return often, [*breaks, *(Option(str(each), words[f"pause_{each}"], on=False) for each in BREAKS)]


async def record(services: Services, contact_id: str, sent: Mapping[str, Sequence[str]], source: str) -> None:
    """Record what a form says of both; what it does not speak of stays as it is, whoever else changes it."""
    now = services.clock.now()
    wish: Wish = {}
    chosen = sent.get("often", [KEEP])[-1]
    if chosen in map(_name, OFTEN):
        wish["days_per_message"] = None if chosen == USUAL else int(chosen)
    wanted = sent.get("pause", [KEEP])[-1]
    if wanted in map(str, BREAKS):
        wish["paused_until"] = now + timedelta(days=int(wanted))
    elif wanted == NONE:
        wish["paused_until"] = None
    await prefer(services.database, services.plans, contact_id, wish, source=source, now=now)


def _name(days: int | None) -> str:
    return str(days) if days else USUAL


async def _held(services: Services, contact_id: str) -> _Held:
    now = services.clock.now()
    async with services.database.connection() as connection:
        world = await services.plans.world(connection)
        rows = await contacts.read(connection, [contact_id])
    values = attributes(world.catalog, rows[0]) if rows else {}
    until = values.get(PAUSE)
    under_way = until if isinstance(until, datetime) and until > now else None
    return _Held(spacing(values.get(SPACING)), under_way, ZoneInfo(zone_of(values, world.policy)))


def _nearest(days: int | None) -> int | None:
    """The choice that is shown: where another spacing was asked elsewhere, the next that is not shorter."""
    return days and next((each for each in OFTEN if each and each >= days), OFTEN[-1])
