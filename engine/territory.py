"""Where a person lives, as far as public holidays and clocks care.

Read from attributes of the catalog by their usual names: `country` (ISO 3166-1 alpha-2), `subdivision`,
`region` or `canton` (ISO 3166-2, with or without its country), `postcode` or `postal_code`. What is not
declared or not filled is unknown, and unknown is treated strictly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from holidays.registry import EntityLoader

from dsl.catalog import Catalog
from dsl.plan import World
from dsl.policy import Policy
from dsl.remembered import remembered
from dsl.types import ChoiceOf
from dsl.values import Value

SUBDIVISION_NAMES = ("subdivision", "region", "canton")
POSTCODE_NAMES = ("postcode", "postal_code")

FRENCH_POSTCODES: tuple[tuple[str, str, str | None], ...] = (
    ("97133", "BL", "America/St_Barthelemy"),
    ("97150", "MF", "America/Marigot"),
    ("971", "971", "America/Guadeloupe"),
    ("972", "972", "America/Martinique"),
    ("973", "973", "America/Cayenne"),
    ("974", "974", "Indian/Reunion"),
    ("975", "PM", "America/Miquelon"),
    ("976", "976", "Indian/Mayotte"),
    ("984", "TF", "Indian/Kerguelen"),
    ("986", "WF", "Pacific/Wallis"),
    ("987", "PF", "Pacific/Tahiti"),
    ("988", "NC", "Pacific/Noumea"),
    ("57", "57", None),
    ("67", "6AE", None),
    ("68", "6AE", None),
)
"""Start of a postcode, the subdivision as the package `holidays` names it, the zone where it is not Paris'.

Moselle, Bas-Rhin and Haut-Rhin keep two holidays of their own (Code du travail, art. L3134-13); overseas
has the abolition of slavery (art. L3422-2) and its own clocks.
"""

FRENCH_ZONES = {subdivision: zone for _, subdivision, zone in FRENCH_POSTCODES if zone}

FRENCH_COUNTRIES = {
    **dict(zip(("GP", "MQ", "GF", "RE", "YT"), ("971", "972", "973", "974", "976"), strict=True)),
    **{code: code for code in ("BL", "MF", "PM", "TF", "WF", "PF", "NC")},
}
"""ISO 3166-1 gives overseas France country codes of its own: the subdivision of France that each is."""

FRENCH_SUBDIVISIONS = {"67": "6AE", "68": "6AE", "ALSACE": "6AE", "MOSELLE": "57"}
"""Names that people use and the package does not."""


@dataclass(frozen=True, slots=True)
class Territory:
    """A country, and the part of it that has holidays of its own where that is known."""

    country: str
    subdivision: str | None = None


@cache
def _countries() -> frozenset[str]:
    """Countries that the package knows, by their codes. Asked so that it does not import them all."""
    return frozenset(EntityLoader.get_country_codes())


@cache
def _subdivisions(country: str) -> frozenset[str]:
    """The subdivisions that the package knows of a country that it knows."""
    return frozenset(getattr(holidays, country).subdivisions)


@cache
def holidays_of(territory: Territory, year: int) -> frozenset[date]:
    """The public holidays of a year. Raises NotImplementedError for a country that is not known."""
    found = holidays.country_holidays(territory.country, subdiv=territory.subdivision, years=year)
    return frozenset(day for day in found if day.year == year)


def read_calendars() -> None:
    """Import the calendars of all countries, which takes a second: not while others wait for a lock."""
    holidays_of(Territory("FR"), 2000)


def is_known(country: str) -> bool:
    """Whether the holidays of a country are known."""
    return country in _countries()


def territory_of(attributes: Mapping[str, Value]) -> Territory | None:
    """Where a person lives; None where the country is unknown or one whose holidays are not known."""
    country = attributes.get("country")
    if not isinstance(country, str):
        return None
    named = _first_text(attributes, SUBDIVISION_NAMES)
    return _territory(country.upper(), named, _first_text(attributes, POSTCODE_NAMES))


@lru_cache(maxsize=65_536)
def _territory(country: str, named: str | None, postcode: str | None) -> Territory | None:
    if country in FRENCH_COUNTRIES:
        return Territory("FR", FRENCH_COUNTRIES[country])
    return Territory(country, _subdivision(country, named, postcode)) if is_known(country) else None


def _subdivision(country: str, named: str | None, postcode: str | None) -> str | None:
    if named:
        code = named.upper().removeprefix(f"{country}-")
        code = FRENCH_SUBDIVISIONS.get(code, code) if country == "FR" else code
        return code if code in _subdivisions(country) else None
    if country != "FR":
        return None
    digits = (postcode or "").replace(" ", "")
    return next((name for start, name, _ in FRENCH_POSTCODES if digits.startswith(start)), None)


def _first_text(attributes: Mapping[str, Value], names: Iterable[str]) -> str | None:
    for name in names:
        text = attributes.get(name)
        if isinstance(text, str) and text.strip():
            return text.strip()
    return None


@remembered
def brand_territories(catalog: Catalog) -> tuple[Territory, ...]:
    """The countries that the brand speaks of, for people whose own is unknown."""
    country = catalog.attributes.get("country")
    options = country.type.options if country and isinstance(country.type, ChoiceOf) else ()
    return tuple(Territory(option) for option in options if is_known(option)) or (Territory("FR"),)


def zone_of(attributes: Mapping[str, Value], policy: Policy) -> str:
    """A person's time zone: their own, their territory's, their country's by policy, the default."""
    own = attributes.get("timezone")
    if isinstance(own, str) and is_zone(own):
        return own
    by_policy = policy.zone_by_country.get(attributes.get("country") or "")
    territory = territory_of(attributes) if by_policy is None or attributes.get("country") == "FR" else None
    if territory and territory.country == "FR" and territory.subdivision in FRENCH_ZONES:
        return FRENCH_ZONES[territory.subdivision]
    return by_policy or policy.default_zone


@cache
def is_zone(name: str) -> bool:
    """Whether a name is one of the tz database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zones_of(attributes: Mapping[str, Value], zone: str, policy: Policy) -> tuple[str, ...]:
    """The zones in which hours must hold: the person's, or every one of the brand's where it is a guess."""
    if attributes.get("country") is not None or attributes.get("timezone") is not None:
        return (zone,)
    return tuple(dict.fromkeys((zone, policy.default_zone, *policy.zone_by_country.values())))


def territories_for(world: World, attributes: Mapping[str, Value]) -> tuple[Territory, ...]:
    """The territories whose holidays a person is spared: their own, or all of the brand's where unknown."""
    own = territory_of(attributes)
    return (own,) if own else brand_territories(world.catalog)
