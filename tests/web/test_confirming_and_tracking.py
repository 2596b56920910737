"""Double opt-in by a button, tracked links and the pixel."""

import pytest

from engine.subscriptions import withdraw
from tests.web.conftest import NOW
from tests.web.messages import agree, put_message
from tests.web.public_links import path


async def test_only_the_button_confirms(client, services, rows):
    """Double opt-in: GET shows a button, POST raises the event once."""
    address = path(services.links.confirm("c_zoe", "newsletter"))
    assert "Oui, je confirme" in (await client.get(address)).text
    assert await rows("select 1 from events where name = 'consent.confirmed'") == []
    for _ in range(2):
        assert "est confirmée" in (await client.post(address)).text
    found = await rows("select properties from events where name = 'consent.confirmed'")
    assert [row["properties"]["topic"] for row in found] == ["newsletter"]


async def test_a_tracked_link_goes_where_we_signed(client, services, rows):
    """302 to the signed address; the click is an event where the person agreed to it."""
    await agree(services, "c_zoe", ("tracking", "clicks"))
    uid = await put_message(services)
    address = path(services.links.click(uid, "https://maison-verte.example/fern", "best"))
    answer = await client.get(address)
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://maison-verte.example/fern"
    found = await rows("select properties from events where name = 'message.clicked'")
    assert [row["properties"]["link"] for row in found] == ["best"]


@pytest.mark.parametrize("agreed", ["never", "withdrawn"])
async def test_without_consent_nothing_is_kept(client, services, rows, agreed):
    """The link works and the pixel is served, and neither leaves a trace: also for mail that left before."""
    if agreed == "withdrawn":
        await agree(services, "c_zoe", ("tracking", "clicks"), ("tracking", "opens"))
        await withdraw(services.database, services.plans, "c_zoe", "tracking", None, source="t", now=NOW)
    uid = await put_message(services)
    clicked = await client.get(path(services.links.click(uid, "https://maison-verte.example/")))
    assert clicked.status_code == 302
    opened = await client.get(path(services.links.open(uid)))
    assert opened.headers["content-type"] == "image/gif"
    assert await rows("select 1 from events where name like 'message.%'") == []


async def test_a_proxys_open_is_nobodys(client, services, rows):
    """Opens by a mail provider's proxy do not count as the person's."""
    await agree(services, "c_zoe", ("tracking", "opens"))
    uid = await put_message(services)
    address = path(services.links.open(uid))
    await client.get(address, headers={"User-Agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"})
    assert await rows("select 1 from events where name = 'message.opened'") == []
    await client.get(address)
    assert len(await rows("select 1 from events where name = 'message.opened'")) == 1


async def test_the_pixel_is_served_for_any_token(client):
    """A broken token shows no broken picture."""
    assert (await client.get("/o/nothing")).content.startswith(b"GIF89a")
