"""People who sign in at the application of a test, in one browser each."""

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import httpx
from argon2 import PasswordHasher

from engine.clock import Clock
from store import users
from tests.web.conftest import NOW, PUBLIC_URL
from web.app import create_app

BEGUN = datetime.now(UTC)
PASSWORD = "correct horse battery staple"
HTML = {"Accept": "text/html"}


def closed(services, **more):
    """The application where it asks who somebody is."""
    return create_app(
        replace(services, open_studio=False, clock=Clock(origin=NOW, real_origin=BEGUN), **more)
    )


@asynccontextmanager
async def browser(app, address="198.51.100.7"):
    """A browser with its own cookies."""
    transport = httpx.ASGITransport(app, client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=HTML) as each:
        yield each


async def let_in(services, name, role):
    """Somebody with the password of these tests."""
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with services.database.transaction() as connection:
        await users.add(connection, name, role, kept, datetime.now(UTC))


def token_in(page):
    """The token that a page's forms bring back."""
    return re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)[1]


async def sign_in(client, name, password=PASSWORD, to="/"):
    """What a browser does: the page, then its form."""
    token = token_in(await client.get("/sign-in", params={"next": to}))
    sent = {"name": name, "password": password, "next": to, "form_token": token}
    return await client.post("/sign-in", data=sent)
