"""The application over a real database in which the shipped scenarios are published."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.access import keep_key
from engine.clock import Clock
from engine.inbound.files import Sources
from engine.links import Links
from engine.people import Profile, upsert
from engine.plans import Plans
from engine.publish import publish
from engine.rendering import Renderer
from store.database import Database
from tests import databases
from web.app import create_app
from web.services import Services, WebhookKeys

PROJECT = Path(__file__).parents[2]
PUBLIC_URL = "https://crm.example.com"
SECRETS = ["a secret of the tests that is long enough"]
TWILIO_TOKEN = "0123456789abcdef0123456789abcdef"
SHOP_SECRET = "the secret of the shop"
API_KEY = "rl_key_of_the_tests"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SendGridKey:
    """Plays SendGrid: signs as its event webhook does."""

    private: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> str:
        spki = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(spki).decode()

    def headers(self, body: bytes, timestamp: str = "1796115600") -> dict[str, str]:
        signature = self.private.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            "Content-Type": "application/json",
        }


@pytest.fixture(scope="session")
def sendgrid_key():
    return SendGridKey(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="session")
def published(postgres):
    """The name of a database in which the shipped scenarios are published and two people known."""
    name = databases.create(postgres)
    asyncio.run(_publish(postgres.url(name)))
    return name


async def _publish(url):
    database = await Database.open(url, size=2)
    await publish(database, PROJECT, author="tests", now=NOW)
    async with database.transaction() as connection:
        await keep_key(connection, "tests", API_KEY, scopes=("events", "contacts", "runs"), now=NOW)
    zoe = {"email": "zoe@example.com", "phone": "+33639980001", "locale": "fr", "country": "FR"}
    tom = {"email": "tom@example.com", "locale": "en", "country": "BE"}
    people = [Profile("c_zoe", zoe | {"first_name": "Zoé"}), Profile("c_tom", tom)]
    await upsert(database, Plans(database, SECRETS), people, source="tests", now=NOW)
    await database.close()


@pytest.fixture
def database_url(postgres, published):
    """A copy of the published database, of this test's own."""
    with databases.database(postgres, published) as url:
        yield url


@pytest.fixture
def services(database, sendgrid_key):
    """Services at a standing clock."""
    links = Links(PUBLIC_URL, SECRETS)
    return Services(
        database=database,
        plans=Plans(database, SECRETS),
        links=links,
        renderer=Renderer(PROJECT / "templates", links),
        public_url=PUBLIC_URL,
        webhooks=WebhookKeys(sendgrid_key.public, TWILIO_TOKEN, tuple(SECRETS)),
        sources=Sources(PROJECT / "sources", {"SHOP_WEBHOOK_SECRET": SHOP_SECRET}),
        clock=Clock(speed=0, origin=NOW),
        temporal_ui="http://127.0.0.1:8233",
        open_studio=True,
    )


@pytest.fixture
async def client(services):
    """An HTTP client of the application, without a key."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=True)
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=browser) as each:
        yield each


@pytest.fixture
def api(client):
    """The same client with a key that may do everything that a program may."""
    client.headers["Authorization"] = f"Bearer {API_KEY}"
    return client


@pytest.fixture
def rows(database):
    """Rows of a statement."""

    async def read(statement, *parameters):
        async with database.connection() as connection:
            cursor = await connection.execute(statement, parameters or None)
            return await cursor.fetchall()

    return read
