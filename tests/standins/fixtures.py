"""The stand-ins as fixtures; a conftest imports those that its tests use."""

from collections.abc import AsyncIterator

import pytest

from tests.standins.sendgrid_server import SendGridServer
from tests.standins.smtp_server import SmtpServer
from tests.standins.twilio_server import TwilioServer


@pytest.fixture
async def sendgrid_server() -> AsyncIterator[SendGridServer]:
    """A local SendGrid that runs for one test."""
    async with SendGridServer() as server:
        yield server


@pytest.fixture
async def smtp_server() -> AsyncIterator[SmtpServer]:
    """A local SMTP server that runs for one test."""
    async with SmtpServer() as server:
        yield server


@pytest.fixture
async def twilio_server() -> AsyncIterator[TwilioServer]:
    """A local Twilio that runs for one test."""
    async with TwilioServer() as server:
        yield server
