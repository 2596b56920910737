"""The shipped mail through the engine and a real mail server, and what the server says of it later."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from channels.smtp import webhook
from channels.smtp.send import Smtp
from channels.smtp.server import Server
from engine import deliveries
from store.database import Database
from tests.integration.by_hand import MONDAY, SUBSCRIBED, deliver, look, only, states
from tests.integration.installation import KEYS, Installation
from tests.standins.smtp_server import SmtpServer, bounce_of

TWO = """
scenario: letter
title: Two letters
owner: crm-team
topic: newsletter
trigger: { event: contact.subscribed }
entry: once
steps:
  - email: welcome_hello
  - wait: 2 days
  - email: welcome_best_sellers
"""


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    async with SmtpServer() as each:
        yield each


@pytest.fixture
async def relance(
    database: Database, tmp_path: Path, project: Path, server: SmtpServer
) -> AsyncIterator[Installation]:
    """An installation whose mail leaves by SMTP, in which Zoé and Tom have just subscribed."""
    only(project, letter=TWO)
    target = Server(
        "127.0.0.1", server.port, "none", bounces="bounces@maison-verte.example", helo="x.example"
    )
    email = Smtp(target, KEYS)
    made = Installation(
        database, None, tmp_path / "outbox", at=MONDAY, channels={"email": email}, project=project
    )
    await made.publish()
    await made.contacts("c_zoe", "c_tom", first_name="Zoé")
    await made.happen("contact.subscribed", SUBSCRIBED, "c_zoe", "c_tom")
    await made.route()
    yield made
    await email.close()


async def test_a_letter_leaves_as_it_was_written_and_its_bounce_ends_mail(
    relance: Installation, server: SmtpServer
) -> None:
    """Brand and links whole, one click to leave; a dead address gets nothing more, the other one does."""
    assert (await deliver(relance, await look(relance))).sent == 2
    zoe = next(taken for taken in server.taken if taken.to == ["c_zoe@example.com"])
    html = zoe.mail.get_body(("html",)).get_content()
    assert "Maison Verte" in zoe.mail["From"].addresses[0].display_name
    assert zoe.mail["Subject"].startswith("Bienvenue à la maison, Zoé")
    assert zoe.mail["List-Unsubscribe"] == f"<{_unsubscribe(html)}>"
    assert zoe.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    reports = webhook.parse(bounce_of(zoe, to=zoe.sender), KEYS)
    await deliveries.record(relance.database, relance.plans, reports, relance.now)
    assert sorted(await states(relance)) == ["refused", "sent"]
    relance.at = MONDAY + timedelta(days=3)
    assert (await deliver(relance, await look(relance))).sent == 1
    assert [taken.to for taken in server.taken[2:]] == [["c_tom@example.com"]]


def _unsubscribe(html: str) -> str:
    """The address of the link by which the page lets people leave."""
    return (
        "https://relance.example/u/" + html.split("https://relance.example/u/")[1].split('"', maxsplit=1)[0]
    )


async def test_what_the_server_refuses_is_told_apart(relance: Installation, server: SmtpServer) -> None:
    """A dead mailbox ends mail to it; a policy of the server pauses the channel and burns no message."""
    server.answers["RCPT"].append("550 5.1.1 no such user")
    reply = await deliver(relance, await look(relance))
    assert (reply.sent, reply.refused) == (1, 1)
    assert len(await relance.rows("select 1 from suppressions where reason = 'hard_bounce'")) == 1
    relance.at = MONDAY + timedelta(days=3)
    server.answers["MAIL"].append("550 5.7.1 the account is blocked")
    assert (await deliver(relance, await look(relance))).held == 1
    (paused,) = await relance.rows("select reason from pauses where name = 'email'")
    assert "550 5.7.1" in paused["reason"]
    assert "reserved" in await states(relance)
