"""What is handed to a channel: until when it holds, and what tells who opened it."""

import json
from datetime import timedelta

import pytest

from channels.outbox.send import Outbox
from engine.attempts import begin
from engine.links import Links
from engine.rendering import Renderer
from engine.subscriptions import grant, withdraw
from tests.engine.conftest import POLICY

LINKS = Links("https://crm.example.com", ["a secret key of the tests, long enough"])
BY = """
scenario: hello
title: Hello
owner: crm
topic: newsletter
trigger: {{ event: contact.subscribed }}
entry: always
steps:
  - {channel}: m1
"""
EVENING = POLICY.replace('sms: { allow: "00:00-24:00" }', 'sms: { allow: "10:00-20:00" }')
PAGE = """---
subject: "Hello {{ contact.tier }}"
preheader: Hello
---
<html><body><p>Hello</p><a href="https://mv.example/shop?a=1&amp;b=2">shop</a>
<a href="https://other.example/">other</a><a href="{{ unsubscribe_url }}">unsubscribe</a></body></html>
"""


async def _hand_over(shop, at):
    """The messages that may leave at an instant."""
    renderer = Renderer(shop.folder / "templates", LINKS)
    ids = [row["id"] for row in await shop.rows("select id from messages where state = 'reserved'")]
    begun = await begin(shop.database, shop.plans, renderer, ids, at)
    assert not begun.faults
    return [attempt.message for attempt in begun.attempts]


@pytest.mark.parametrize("before", [timedelta(hours=3), timedelta(minutes=7), timedelta(seconds=40)])
async def test_an_sms_is_valid_to_the_end_of_the_hours_and_no_longer(shop, noon, before):
    closing = noon + timedelta(hours=8)
    await shop.publish(policy=EVENING, hello=BY.format(channel="sms"))
    await shop.person()
    await shop.happens("contact.subscribed", at=closing - before)
    (sms,) = await _hand_over(shop, closing - before)
    left = before - timedelta(seconds=sms.valid_seconds)
    assert timedelta(0) < left <= timedelta(seconds=1)


@pytest.fixture
async def reader(shop):
    """Somebody who gets the mail."""
    await shop.publish(hello=BY.format(channel="email"))
    (shop.folder / "templates/m1/email.fr.html").write_text(PAGE)
    await shop.person(tier="gold")
    return shop


async def _mail(shop, noon, tmp_path):
    """The files of the one mail that leaves: what its fields are, its page and its text."""
    await shop.happens("contact.subscribed", at=noon)
    (email,) = await _hand_over(shop, noon)
    await Outbox("email", tmp_path / "outbox").send(email)
    files = {path.suffix: path.read_text() for path in (tmp_path / "outbox").glob(f"{email.message_id}.*")}
    return json.loads(files[".json"]), files[".html"], files[".txt"]


async def test_a_mail_to_somebody_who_is_not_tracked_tells_nothing(reader, noon, tmp_path):
    """Asked of the files that leave: no pixel, no link through us but the one that unsubscribes."""
    fields, page, text = await _mail(reader, noon, tmp_path)
    assert "/o/" not in page + text
    assert "/c/" not in page + text
    assert "<img" not in page
    assert 'href="https://other.example/"' in page
    assert not fields["track_opens"]
    assert not fields["track_clicks"]
    token = fields["unsubscribe_url"].rpartition("/")[2]
    grant = LINKS.read(token)
    assert (grant.purpose, grant.contact_id, grant.topic, grant.channel) == (
        "unsubscribe",
        "ada",
        "newsletter",
        "email",
    )
    assert token in page
    assert token in text
    assert "ada@example.com" not in page + text


async def test_a_mail_to_somebody_who_agreed_is_measured_as_they_agreed(reader, noon, tmp_path):
    """Clicks alone were agreed to: links go through us, also in the text, and there is no pixel."""
    for what in ("opens", "clicks"):
        await grant(reader.database, reader.plans, "ada", "tracking", what, source="centre", now=noon)
    await withdraw(reader.database, reader.plans, "ada", "tracking", "opens", source="centre", now=noon)
    _, page, text = await _mail(reader, noon, tmp_path)
    assert "/o/" not in page
    assert 'href="https://other.example/"' not in page
    assert page.count("https://crm.example.com/c/") == text.count("https://crm.example.com/c/") == 2
    assert page.count("https://crm.example.com/u/") == 1, "leaving is not measured"
