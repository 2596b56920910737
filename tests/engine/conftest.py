"""A small brand in a real database: its project is published, people live, groups are advanced by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dsl.compiler import compile_project
from engine.advance import Advanced, advance
from engine.ingest import Incoming, Ingested, ingest
from engine.people import Profile, upsert
from engine.plans import Plans
from engine.publish import publish
from engine.router import route
from engine.subscriptions import grant
from store.database import Database, Row

KEYS = ("a secret key of the tests, long enough",)
NOON = datetime(2027, 2, 15, 11, 0, tzinfo=UTC)
"""A Monday, noon in Paris."""

CATALOG = """
brand: { name: Maison Verte, legal_sender: "Maison Verte SAS", site: https://mv.example, currency: EUR }
locales: [fr]
contact:
  email: { type: email, personal: true, source: form, purpose: contact }
  phone: { type: phone, personal: true, source: form, purpose: contact }
  country: { choice: [FR, CH] }
  tier: { choice: [bronze, silver, gold], ordered: true }
  points: { type: number, min: 0, fresh_for: 30 days }
  birthdate: { type: date, personal: true, source: card, purpose: birthday }
events:
  contact.subscribed: { list: text }
  order.placed: { order_id: text, total: money, items: { list: { sku: text } }, _purpose: orders }
  cart.updated: { cart_id: text, _purpose: orders }
  loyalty.granted: { reason: text, _purpose: loyalty }
  product.price_changed: { about: sku, sku: text, price: money }
topics:
  newsletter: { title: News, class: marketing, channels: [email, sms], default: opt_in }
  service: { title: Orders, class: transactional }
senders:
  email: { address: bonjour@mv.example, name: Maison Verte }
  sms: { from: MAISONVERTE, stop_number: "36180" }
codes: { welcome: { file: codes/welcome.csv } }
texts: { optin_v3: "I agree" }
"""

POLICY = """
time_zone: { default: Europe/Paris }
hours:
  email: { allow: "00:00-24:00" }
  sms: { allow: "00:00-24:00" }
pressure:
  day: calendar
  limits:
    - { at_most: 100, per: 1 day }
  on_cap: delay up to 3 days
expires: 4 days
late_events: 1 day
tracking: { opens: with_consent, clicks: with_consent }
"""

SEGMENTS = """
vip: { title: Best customers, is: contact.tier == gold }
"""

EMAIL = """---
subject: Hello
preheader: Hello
---
<html><body><p>Hello CODE</p><a href="{{ unsubscribe_url }}">unsubscribe</a></body></html>
"""


def write_project(
    folder: Path,
    scenarios: Mapping[str, str],
    *,
    policy: str = POLICY,
    codes: Sequence[str] = (),
    catalog: str = CATALOG,
) -> None:
    """A project with these scenarios; `m1`, `m2`, `m3` and `coded` are its messages."""
    files = {
        "scenarios/catalog.yaml": catalog,
        "scenarios/policy.yaml": policy,
        "scenarios/segments.yaml": SEGMENTS,
        "codes/welcome.csv": "\n".join(("code", *codes)),
        **{f"scenarios/tests/{name}.yaml": text for name, text in scenarios.items()},
        **{f"templates/{name}/email.fr.html": EMAIL.replace("CODE", "") for name in ("m1", "m2", "m3")},
        "templates/coded/email.fr.html": EMAIL.replace("CODE", "{{ code }}"),
        **{f"templates/{name}/sms.fr.txt": "Bonjour {{ stop_mention }}\n" for name in ("m1", "m2", "m3")},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@dataclass
class Shop:
    """What the tests do to the engine, in the words of the language."""

    database: Database
    plans: Plans
    folder: Path

    async def publish(
        self,
        *,
        now: datetime = NOON,
        policy: str = POLICY,
        codes: Sequence[str] = (),
        catalog: str = CATALOG,
        **scenarios: str,
    ) -> None:
        """Publish the project with these scenarios."""
        write_project(self.folder, scenarios, policy=policy, codes=codes, catalog=catalog)
        project = compile_project(self.folder)
        assert not project.errors, [f"{e.code} {e.message}" for e in project.errors]
        await publish(self.database, self.folder, author="tests", now=now)

    async def person(
        self,
        id_: str = "ada",
        *,
        consent: Sequence[str] = ("email", "sms"),
        now: datetime = NOON - timedelta(days=1),
        **attributes: Any,
    ) -> None:
        """A contact with an address on each channel, who agrees to the newsletter on these."""
        number = sum(map(ord, id_)) % 10_000
        given = {"email": f"{id_}@example.com", "phone": f"+3363998{number:04}", "country": "FR"} | attributes
        result = await upsert(self.database, self.plans, [Profile(id_, given)], source="tests", now=now)
        assert not result.errors
        for channel in consent:
            await grant(self.database, self.plans, id_, "newsletter", channel, source="tests", now=now)
        await self.route(now)

    async def send(
        self,
        name: str,
        contact: str | None = "ada",
        *,
        id_: str | None = None,
        at: datetime = NOON,
        now: datetime | None = None,
        **properties: Any,
    ) -> Ingested:
        """An event comes in from the brand's systems."""
        event = Incoming(id_ or f"{name}/{contact}/{at.isoformat()}", name, contact, at, properties)
        return await ingest(self.database, self.plans, [event], source="shop", now=now or at)

    async def route(self, now: datetime = NOON) -> int:
        """Route until nothing waits."""
        total = 0
        while routed := await route(self.database, self.plans, now):
            total += routed
        return total

    async def happens(
        self, name: str, contact: str = "ada", *, at: datetime = NOON, **properties: Any
    ) -> None:
        """An event comes in and is routed, and every group looks."""
        result = await self.send(name, contact, at=at, **properties)
        assert result.accepted == 1, result
        await self.route(at)
        await self.look(at)

    async def look(self, now: datetime = NOON) -> list[Advanced]:
        """Advance every group until nothing is due, routing what that raises."""
        results = []
        for _ in range(20):
            due = await self.rows(
                "select distinct group_id as id from runs where status = 'active' and due_at <= %s",
                now,
            )
            if not due and not await self.route(now):
                break
            results += [await advance(self.database, self.plans, row["id"], now) for row in due]
        return results

    async def rows(self, sql: str, *parameters: Any) -> list[Row]:
        """Rows of a query."""
        async with self.database.connection() as connection:
            cursor = await connection.execute(sql.encode(), parameters)
            return await cursor.fetchall()

    async def tamper(self, sql: str) -> None:
        """What the owner of the database can do past every trigger."""
        async with self.database.transaction() as connection:
            await connection.execute("set local session_replication_role = replica")
            await connection.execute(sql.encode())

    async def run(self, scenario: str, contact: str = "ada") -> Row:
        """The last run of a contact in a scenario."""
        found = await self.rows(
            "select * from runs where scenario = %s and contact_id = %s order by id desc limit 1",
            scenario,
            contact,
        )
        assert found, f"{contact} has no run in {scenario}"
        return found[0]

    async def messages(self, contact: str = "ada") -> list[tuple[str, str, str]]:
        """(message, channel, state) of everything that concerns a contact, in order."""
        found = await self.rows(
            "select message, channel, state from messages where contact_id = %s order by id", contact
        )
        return [(row["message"], row["channel"], row["state"]) for row in found]

    async def sent(
        self, contact: str = "ada", *, now: datetime = NOON, provider_id: str | None = None
    ) -> list[int]:
        """What is reserved leaves, as the delivery records it."""
        found = await self.rows(
            "update messages set state = 'sent', sent_at = %s, attempted_at = %s, provider = 'tests',"
            " provider_id = %s where contact_id = %s and state = 'reserved' returning id, run_id",
            now,
            now,
            provider_id,
            contact,
        )
        await self.rows(
            "update runs set due_at = %s where id = any(%s) and status = 'active' returning id",
            now,
            [row["run_id"] for row in found],
        )
        return [row["id"] for row in found]


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> Shop:
    """A brand with an empty base."""
    return Shop(database, Plans(database, KEYS), tmp_path / "project")


@pytest.fixture
def noon() -> datetime:
    """A Monday, noon in Paris."""
    return NOON


@pytest.fixture
def days() -> Callable[[float], datetime]:
    """Noon, so many days later."""
    return lambda count: NOON + timedelta(days=count)
