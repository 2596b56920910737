"""Two hundred people of the sample brand, who do not exist: the same ones at each start.

Addresses are of the reserved `.example` domain (RFC 2606), and every number, whatever the country, of
06 39 98 xx xx, which ARCEP keeps for fiction. So no message could reach anybody even by mistake.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

Country = Literal["FR", "BE", "CH", "LU", "NO"]


@dataclass(frozen=True)
class PastOrder:
    """An order before the demo begins. `total` is in euros."""

    days_ago: int
    total: float
    channel: Literal["web", "store"]


@dataclass(frozen=True)
class Person:
    """A sample contact as plain data; None where the brand does not know.

    `consents`: channels on which they agreed to the newsletter. `tracking`: of `opens` and `clicks`, what
    they agreed to. `subscribed`: on the list already; the others sign up during the demo.
    """

    id: str
    locale: str
    timezone: str
    country: Country
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    birthdate: date | None
    postcode: str | None
    tier: Literal["bronze", "silver", "gold"] | None
    points: int | None
    favourite_store: str | None
    consents: tuple[str, ...]
    tracking: tuple[str, ...]
    orders: tuple[PastOrder, ...]
    subscribed: bool

    @property
    def attributes(self) -> dict[str, str | int]:
        """What is known of them, as the events API and imports take it."""
        known = {
            "email": self.email,
            "phone": self.phone,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "birthdate": self.birthdate.isoformat() if self.birthdate else None,
            "country": self.country,
            "postcode": self.postcode,
            "tier": self.tier,
            "points": self.points,
            "favourite_store": self.favourite_store,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class _Place:
    country: Country
    locale: str
    timezone: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    postcodes: tuple[str, ...]


_FRANCE = _Place(
    "FR",
    "fr",
    "Europe/Paris",
    (
        "Camille", "Louis", "Jade", "Hugo", "Inès", "Adam", "Léa", "Arthur", "Manon", "Jules", "Chloé",
        "Raphaël", "Nour", "Gabriel", "Sarah", "Lucas", "Alice", "Maël", "Zoé", "Ethan", "Rose", "Paul",
        "Yasmine", "Antoine", "Margaux", "Baptiste", "Clémence", "Mathis", "Océane", "Simon", "Élise",
        "Bruno", "Françoise", "Michel", "Monique", "Philippe", "Catherine", "Alain", "Sylvie", "Karim",
    ),
    (
        "Martin", "Bernard", "Petit", "Durand", "Leroy", "Moreau", "Simon", "Laurent", "Lefèvre", "Michel",
        "Garcia", "Roux", "Fournier", "Girard", "Bonnet", "Lambert", "Fontaine", "Rousseau", "Vincent",
        "Muller", "Faure", "Mercier", "Blanc", "Guérin", "Boyer", "Garnier", "Chevalier", "Benali",
        "Da Silva", "Nguyen", "Le Goff", "Haddad", "Perrin", "Morin", "Masson", "Marchand",
    ),
    ("75011", "69003", "33000", "44000", "59800", "31000", "13006", "67000", "35000", "34000", "97400"),
)  # fmt: skip

_PLACES: tuple[tuple[int, _Place], ...] = (
    (66, _FRANCE),
    (
        13,
        _Place(
            "BE",
            "fr-BE",
            "Europe/Brussels",
            ("Lotte", "Noah", "Marie", "Victor", "Elena", "Thomas", "Anaïs", "Maxime", "Julie", "Benoît"),
            ("Peeters", "Janssens", "Dubois", "Lambert", "Claes", "Dupont", "Wouters", "Renard"),
            ("1000", "1050", "4000", "5000", "7000"),
        ),
    ),
    (
        9,
        _Place(
            "CH",
            "fr-CH",
            "Europe/Zurich",
            ("Mila", "Nina", "Luca", "Noémie", "David", "Aline", "Yves", "Céline", "Marc"),
            ("Favre", "Rochat", "Meier", "Müller", "Bianchi", "Keller", "Monnier", "Schmid"),
            ("1003", "1201", "2000", "1700"),
        ),
    ),
    (
        9,
        _Place(
            "FR",
            "en",
            "Europe/Paris",
            ("Emily", "James", "Olivia", "Oliver", "Charlotte", "Henry", "Grace", "Daniel", "Hannah"),
            ("Smith", "Taylor", "Brown", "Walker", "Hughes", "Murphy", "Campbell", "Reed"),
            ("75016", "06000", "24000", "33000"),
        ),
    ),
    (
        3,
        _Place(
            "LU",
            "fr",
            "Europe/Luxembourg",
            ("Lena", "Tom", "Sophie", "Pol"),
            ("Weber", "Schmit", "Wagner"),
            ("1111", "4011"),
        ),
    ),
    (
        1,
        _Place("NO", "en", "Europe/Oslo", ("Ingrid", "Lars", "Nora"), ("Hansen", "Berg", "Dahl"), ("0150",)),
    ),
)
"""Weight and place; Norway is there since no scenario may write to it."""

_MAIL_HOSTS = ("courriel.example", "poste.example", "boite.example", "mail.example")
_STORES = ("Paris Lilas", "Lyon Part-Dieu", "Bordeaux Chartrons", "Nantes Graslin", "Bruxelles Ixelles")


def people(count: int = 200, seed: int = 2027) -> tuple[Person, ...]:
    """The first `count` people (at most 10,000, the numbers of fiction); `c_001` is always the same one."""
    random = Random(seed)  # noqa: S311 - sample data, not secrets
    numbers = random.sample(range(10_000), count)
    taken: set[str] = set()
    return tuple(_person(random, index + 1, numbers[index], taken) for index in range(count))


def _person(random: Random, index: int, number: int, taken: set[str]) -> Person:
    place = random.choices([p for _, p in _PLACES], [weight for weight, _ in _PLACES])[0]
    first, last = random.choice(place.first_names), random.choice(place.last_names)
    email = _email(random, first, last, taken) if _chance(random, 95) else None
    phone = f"+3363998{number:04d}" if _chance(random, 72) else None
    orders = _orders(random)
    customer = bool(orders)
    return Person(
        id=f"c_{index:03d}",
        locale=place.locale,
        timezone=place.timezone,
        country=place.country,
        first_name=first,
        last_name=last,
        email=email,
        phone=phone,
        birthdate=_birthdate(random) if _chance(random, 80) else None,
        postcode=random.choice(place.postcodes) if _chance(random, 85) else None,
        tier=random.choices(("bronze", "silver", "gold"), (6, 3, 1))[0] if customer else None,
        points=random.randrange(0, 1500, 10) if customer else None,
        favourite_store=random.choice(_STORES) if _chance(random, 40) else None,
        consents=_consents(random, email, phone),
        tracking=random.choices((("opens", "clicks"), ("clicks",), ()), (45, 20, 35))[0],
        orders=orders,
        subscribed=_chance(random, 60),
    )


def _chance(random: Random, percent: int) -> bool:
    return random.randrange(100) < percent


def _email(random: Random, first: str, last: str, taken: set[str]) -> str:
    name = f"{_ascii(first)}.{_ascii(last)}"
    host = random.choice(_MAIL_HOSTS)
    address, namesake = f"{name}@{host}", 2
    while address in taken:
        address, namesake = f"{name}{namesake}@{host}", namesake + 1
    taken.add(address)
    return address


def _ascii(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return folded.lower().replace(" ", "")


def _birthdate(random: Random) -> date:
    """Any day of 1946 to 2006, so that each month has its birthdays; now and then a 29 February."""
    if _chance(random, 2):
        return date(random.choice((1964, 1976, 1988, 2000)), 2, 29)
    return date(1946, 1, 1) + timedelta(days=random.randrange(61 * 365))


def _consents(random: Random, email: str | None, phone: str | None) -> tuple[str, ...]:
    """Nobody agrees to a channel on which they have no address."""
    channels = []
    if email and _chance(random, 88):
        channels.append("email")
    if phone and _chance(random, 55):
        channels.append("sms")
    return tuple(channels)


def _orders(random: Random) -> tuple[PastOrder, ...]:
    """A third never bought, a fifth is lost since more than a year, the others buy now and then."""
    kind = random.choices(("never", "lost", "regular"), (35, 20, 45))[0]
    if kind == "never":
        return ()
    nearest = 380 if kind == "lost" else 5
    farthest = 1000 if kind == "lost" else 500
    last = random.randrange(nearest, 640 if kind == "lost" else 330)
    days = [last, *(random.randrange(last, farthest) for _ in range(random.randrange(4)))]
    return tuple(
        PastOrder(ago, round(random.uniform(12, 140), 2), random.choice(("web", "web", "store")))
        for ago in sorted(days, reverse=True)
    )
