"""What is published in the town: limits of every form, and scenarios that all compete for the same places."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Day = Literal["calendar", "rolling"]

CATALOG = """
brand: { name: Maison Verte, legal_sender: "Maison Verte SAS", site: https://mv.example, currency: EUR }
locales: [fr]
contact:
  email: { type: email, personal: true, source: form, purpose: contact }
  phone: { type: phone, personal: true, source: form, purpose: contact }
  country: { choice: [FR, BE, CH, US, BR, JP, NZ, AU] }
  tier: { choice: [bronze, silver, gold], ordered: true }
  home: { type: text, personal: true, source: form, purpose: contact }
events:
  contact.subscribed: { list: text }
  order.placed: { order_id: text, _purpose: orders }
  cart.updated: { cart_id: text, _purpose: orders }
topics:
  newsletter: { title: News, class: marketing, channels: [email, sms], default: opt_in }
  account: { title: Your account, class: service, channels: [email, sms] }
  orders: { title: Orders, class: transactional }
senders:
  email: { address: bonjour@mv.example, name: Maison Verte }
  sms: { from: MAISONVERTE, stop_number: "36180" }
codes: { gifts: { file: codes/gifts.csv } }
household: home
"""

SEGMENTS = """
best: { title: Best customers, is: contact.tier == gold }
"""

POLICY = """
time_zone: {{ default: Europe/Paris }}
hours:
  email: {{ allow: "07:00-22:00" }}
  sms: {{ allow: "10:00-20:00", days: mon-sat, holidays: skip }}
pressure:
  day: {day}
  limits:
{limits}
  exempt: [transactional, tag sunset]
  on_cap: delay up to 3 days
expires: 4 days
late_events: 60 days
tracking: {{ opens: with_consent, clicks: with_consent }}
delivery: {{ marketing: at_most_once, service: at_most_once, transactional: at_least_once }}
"""


@dataclass(frozen=True)
class Cap:
    """A limit as the counter knows it, which does not read the engine's own.

    `below`: asked for messages of a lower priority; `tier`: and only of these people. `home`: of a household.
    """

    at_most: int
    days: int
    channel: str | None = None
    tag: str | None = None
    below: int | None = None
    tier: str | None = None
    home: bool = False

    def line(self) -> str:
        """The limit in the policy."""
        named = [
            f"{name}: {value}" for name, value in (("channel", self.channel), ("tag", self.tag)) if value
        ]
        named += ["of: household"] if self.home else []
        asked = [f"contact.tier == {self.tier}"] if self.tier else []
        asked += [f"priority < {self.below}"] if self.below else []
        if asked:
            named.append(f"when: {' and '.join(asked)}")
        return f"    - {{ {', '.join([f'at_most: {self.at_most}', f'per: {self.days} day', *named])} }}"


CAPS = (
    Cap(7, 1),
    Cap(5, 1, channel="email"),
    Cap(3, 1, channel="sms"),
    Cap(11, 3, channel="email", below=70),
    Cap(18, 3),
    Cap(1, 2, tag="nps"),
    Cap(2, 2, below=40, tier="bronze"),
)
HOME_CAPS = (Cap(9, 1, channel="email", home=True), Cap(3, 2, tag="nps", home=True))
HOURS = {"email": (7, 22, range(7)), "sms": (10, 20, range(6))}
"""First hour, hour of the end, days of the week: the policy's, as the counter knows them."""


@dataclass(frozen=True)
class Scenario:
    """One of the town's scenarios. `every`: each event of its list begins a run, whatever else happens."""

    name: str
    text: str
    every: bool = True


EVERY = "entry: always\nwhile_active: parallel\n"


def _scenario(
    name: str, priority: int, steps: str, entry: str = EVERY, *, topic: str = "newsletter"
) -> Scenario:
    text = (
        f"scenario: {name}\ntitle: The town's {name}\nowner: crm\ntopic: {topic}\npriority: {priority}\n"
        f'trigger: {{ event: contact.subscribed, where: list == "{name}" }}\n'
        f"{entry}on_edit: finish\nsteps:\n{steps}"
    )
    return Scenario(name, text, every=entry == EVERY)


SCENARIOS = (
    _scenario("hello", 20, "  - email: m1\n  - wait: WAIT\n  - email: m2\n"),
    _scenario("urgent", 90, "  - sms: m1\n    on_cap: delay up to 1 day\n"),
    _scenario("survey", 50, "  - email: m1\n    tags: [nps]\n    on_cap: drop\n"),
    _scenario("both", 60, "  - first_of:\n      - sms: m2\n        on_cap: next\n      - email: m2\n"),
    _scenario("shy", 30, "  - email: m1\n    on_cap: exit\n  - email: m3\n    on_cap: exit\n"),
    _scenario("gift", 40, "  - email: coded\n    with: { code: take(gifts) }\n"),
    _scenario("goodbye", 10, "  - email: m3\n    tags: [sunset]\n"),
    _scenario("notice", 70, "  - email: m1\n    tags: [nps]\n  - sms: m3\n", topic="account"),
    _scenario("drip", 45, "  - repeat: { every: 10 hours, at_most: 3 }\n    steps: [{ email: m2 }]\n"),
    _scenario(
        "cart",
        80,
        "  - wait: 2 hours\n  - sms: m1\n  - email: m3\n",
        "entry: always\nwhile_active: restart\nexit_when: [order.placed]\n",
    ),
    _scenario("once", 65, "  - email: m1\n", "entry: once\n"),
    _scenario("receipt", 95, "  - email: m1\n", topic="orders"),
)
WAITS = ("WAIT", ("3 hours", "1 day at 10:00"))
"""Two texts of the same scenario, published in turn."""

TEMPLATE = """---
subject: Hello
preheader: Hello
---
<html><body><p>Hello CODE</p><a href="{{ unsubscribe_url }}">unsubscribe</a></body></html>
"""
CODES = 5_000


def write(folder: Path, day: Day, *, edition: int = 0) -> None:
    """The town's project in a folder."""
    for name, text in _files(day, edition):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _files(day: Day, edition: int) -> Iterator[tuple[str, str]]:
    word, texts = WAITS
    yield "scenarios/catalog.yaml", CATALOG
    yield "scenarios/segments.yaml", SEGMENTS
    yield (
        "scenarios/policy.yaml",
        POLICY.format(day=day, limits="\n".join(cap.line() for cap in (*CAPS, *HOME_CAPS))),
    )
    for scenario in SCENARIOS:
        text = scenario.text.replace(word, texts[edition % len(texts)])
        yield f"scenarios/town/{scenario.name}.yaml", text
    for message in ("m1", "m2", "m3"):
        yield f"templates/{message}/email.fr.html", TEMPLATE.replace("CODE", "")
        yield f"templates/{message}/sms.fr.txt", "Bonjour {{ stop_mention }}\n"
    yield "templates/coded/email.fr.html", TEMPLATE.replace("CODE", "{{ code }}")
    yield "codes/gifts.csv", "\n".join(["code", *(f"GIFT-{number:07}" for number in range(CODES))])
