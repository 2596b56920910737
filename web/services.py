"""What every handler works with, made once by whoever starts the web."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from engine.clock import REAL_TIME, Clock
from engine.door import Door
from engine.inbound.files import Sources
from engine.links import Links
from engine.plans import Plans
from engine.rendering import Renderer
from store.database import Database
from web.openid import OpenId, Provider


@dataclass(frozen=True)
class WebhookKeys:
    """What proves that a webhook is the provider's. None: the provider is not set up, and nothing gets in."""

    sendgrid_public_key: str | None = None
    twilio_auth_token: str | None = None
    smtp_keys: tuple[str, ...] = ()
    """Where mail leaves by SMTP: the secrets that sign its return path."""


@dataclass(frozen=True)
class Services:
    """Everything behind the HTTP interface.

    `public_url` is the address that people and providers use, which Twilio signs. `temporal_ui` is None
    where there is no UI to link to. `open_studio`: show the studio to everybody; only for a machine that
    nobody else reaches. `provider`: by which people sign in, beside passwords.
    """

    database: Database
    plans: Plans
    links: Links
    renderer: Renderer
    public_url: str
    webhooks: WebhookKeys = WebhookKeys()
    sources: Sources = Sources(Path("sources"))
    clock: Clock = REAL_TIME
    temporal_ui: str | None = None
    temporal_namespace: str = "default"
    open_studio: bool = False
    provider: Provider | None = None

    @cached_property
    def openid(self) -> OpenId | None:
        """Asks the provider who somebody is."""
        return OpenId(self.provider) if self.provider else None

    @property
    def https(self) -> bool:
        """Whether browsers reach us over HTTPS."""
        return self.public_url.startswith("https://")

    @cached_property
    def door(self) -> Door:
        """The door for events that come one by one."""
        return Door(self.database, self.plans)


def services_of(request: Request) -> Services:
    """The services of the application that serves the request."""
    services: Services = request.app.state.services
    return services


Use = Annotated[Services, Depends(services_of)]
"""A handler's parameter of this type gets the services."""
