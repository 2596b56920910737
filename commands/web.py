"""`relance web`: the process that listens to the world and shows it the studio."""

from typing import TYPE_CHECKING

import click

from commands.local import ports
from commands.running import Failed, require_scenarios, run, settings
from settings import Settings

if TYPE_CHECKING:
    from store.database import Database
    from web.openid import Provider
    from web.services import Services, WebhookKeys

CONNECTIONS = 10
GRACE_SECONDS = 2
"""For requests under way when the process is asked to stop; a page that watches live would stay for ever."""


@click.command(name="web", epilog="Example: relance web --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option(
    "--open-studio", is_flag=True, help="Show the studio to everybody: only where nobody else listens."
)
def command(*, host: str, port: int, open_studio: bool) -> None:
    """Serve the API, the webhooks, the public pages and the studio, until Ctrl-C or a polite kill."""
    from engine import logs

    chosen = settings()
    require_scenarios(chosen.project, remedy="go to the project's folder, or set RELANCE_PROJECT")
    logs.configure(chosen.logs, chosen.log_level)
    ports.required(port, option="--port", host=host)
    run(_serve(chosen, host, port, open_studio=open_studio))


async def _serve(chosen: Settings, host: str, port: int, *, open_studio: bool) -> None:
    import uvicorn

    from store.database import Database
    from store.migrate import require
    from web.app import create_app

    await require(chosen.database_url)
    database = await Database.open(chosen.database_url, size=CONNECTIONS)
    try:
        services = await _services(chosen, database, open_studio=open_studio)
        config = uvicorn.Config(
            create_app(services),
            host=host,
            port=port,
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        await uvicorn.Server(config).serve()
    finally:
        await database.close()


async def _services(chosen: Settings, database: "Database", *, open_studio: bool) -> "Services":
    """What the routes work with, as the settings say."""
    from engine.inbound.files import Sources
    from engine.links import Links
    from engine.plans import Plans
    from engine.rendering import Renderer
    from web.services import Services
    from worker import stored_clock, temporal_config

    links = Links(chosen.public_url, chosen.secret_keys)
    return Services(
        database,
        Plans(database, chosen.secret_keys),
        links,
        Renderer(chosen.project / "templates", links),
        chosen.public_url,
        _webhook_keys(chosen),
        Sources(chosen.project / "sources"),
        await stored_clock(database),
        temporal_ui=chosen.temporal_ui,
        temporal_namespace=temporal_config().get("namespace", "default"),
        open_studio=open_studio,
        provider=_provider(chosen),
    )


def _webhook_keys(chosen: Settings) -> "WebhookKeys":
    """What proves that webhooks are the providers'. Raises Misconfigured for a key that is none."""
    from channels.sendgrid.webhook import load_key
    from web.services import WebhookKeys

    if chosen.sendgrid_webhook_public_key:
        load_key(chosen.sendgrid_webhook_public_key)
    return WebhookKeys(
        chosen.sendgrid_webhook_public_key,
        chosen.twilio_auth_token,
        chosen.secret_keys if chosen.email == "smtp" else (),
    )


def _provider(chosen: Settings) -> "Provider | None":
    from web.openid import Provider

    if chosen.oidc_issuer is None:
        return None
    if not chosen.oidc_client_id:
        raise Failed("OIDC_ISSUER needs OIDC_CLIENT_ID: what your OpenID provider knows us by")
    return Provider(
        chosen.oidc_issuer,
        chosen.oidc_client_id,
        chosen.oidc_client_secret,
        chosen.oidc_role_claim,
        chosen.oidc_roles or {},
    )
