"""Messages to send, and clients that lose patience quickly."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from channels import transport
from channels.messages import Email, Sms
from tests.channels.mail import UID
from tests.standins.fixtures import sendgrid_server, smtp_server, twilio_server

__all__ = ["sendgrid_server", "smtp_server", "twilio_server"]


@pytest.fixture
def email() -> Email:
    """A marketing email without tracking consent."""
    return Email(
        message_id="m_01HZX4",
        to="zoe@example.com",
        subject="Votre été à -20 %",
        html="<p>Bonjour Zoé</p>",
        text="Bonjour Zoé",
        from_address="bonjour@maison-verte.example",
        from_name="Maison Verte, Paris",
        reply_to="contact@maison-verte.example",
        unsubscribe_url="https://maison-verte.example/u/token",
        categories=("onboarding", "welcome"),
        headers={"List-Id": "<news.maison-verte.example>"},
    )


@pytest.fixture
def letter(email):
    """The marketing email of the other providers' tests, under an id of production's form."""
    return replace(email, message_id=UID)


@pytest.fixture
def sms() -> Sms:
    """A marketing SMS that must not leave after hours."""
    return Sms("m_01HZX5", "+33612345678", "Maison Verte : -20 %. STOP au 36180", "MAISONVERTE", 5400)


@pytest.fixture
async def impatient() -> AsyncIterator[httpx.AsyncClient]:
    """A client that waits a fifth of a second for an answer."""
    async with transport.new_client(httpx.Timeout(5, read=0.2)) as client:
        yield client
