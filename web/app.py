"""The HTTP application: every route in one list."""

import inspect
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.routing import BaseRoute

from engine.roles import Right
from web import (
    acts,
    api,
    confirm,
    exports,
    gallery,
    health,
    inbound,
    life,
    merging,
    preferences,
    problems,
    sign_in,
    starts,
    studio,
    tasks,
    tracking,
    unsubscribe,
    webhooks,
)
from web.addresses import Utf8Addresses
from web.figures import Figures
from web.headers import SecureHeaders
from web.limits import BodyLimit
from web.live import Pulse, live
from web.pages import STATIC
from web.rate_limit import RateLimit
from web.services import Services
from web.sightings import Sightings
from web.timing import Timing
from web.visits import Needs, own_form

DESCRIPTION = """\
Tell Relance what your customers do; it decides who hears from you, when and how.

Send `Authorization: Bearer rl_...` with each request. Instants carry their offset, like
`2026-12-25T09:00:00+01:00`. Every error is an RFC 9457 problem: `detail` says what to do, and `errors`
points at each place to correct. Sending the same request twice is harmless.
"""


@dataclass(frozen=True)
class Route:
    """One route; `methods` by spaces, `status` of what went well."""

    methods: str
    path: str
    handler: Callable[..., Any]
    status: int = 200


# Ids are the brand's own and may hold a `/`, hence `:path`; what is asked of somebody stands before them.
API: Sequence[Route] = (
    Route("POST", "/v1/events", api.post_events, 202),
    Route("GET", "/v1/contacts/{contact_id:path}/why", api.get_why),
    Route("GET", "/v1/contacts/{contact_id:path}/timeline", api.get_timeline),
    Route("PUT", "/v1/contacts/{contact_id:path}", api.put_contact),
    Route("GET", "/v1/contacts/{contact_id:path}", api.get_contact),
    Route("DELETE", "/v1/contacts/{contact_id:path}", api.delete_contact, 204),
    Route("POST", "/v1/contacts/{contact_id:path}/merge", merging.post_merge),
    Route("POST", "/v1/merges/{merge_id}/undo", merging.post_undo),
    Route("POST", "/v1/contacts", api.post_contacts),
    Route("POST", "/v1/scenarios/{name}/runs", starts.post_run),
    Route("GET", "/v1/tasks", tasks.get_tasks),
    Route("POST", "/v1/tasks/{task_id}/take", tasks.post_take),
    Route("POST", "/v1/tasks/{task_id}/done", tasks.post_done),
)

PUBLIC: Sequence[Route] = (
    Route("POST", "/webhooks/sendgrid", webhooks.sendgrid),
    Route("POST", "/webhooks/smtp/bounce", webhooks.smtp_bounce),
    Route("POST", "/webhooks/twilio/status", webhooks.twilio_status),
    Route("POST", "/webhooks/twilio/inbound", webhooks.twilio_inbound),
    Route("POST", "/webhooks/in/{source}", inbound.receive, 202),
    Route("GET HEAD", "/u/{token}", unsubscribe.show),
    Route("POST", "/u/{token}", unsubscribe.act),
    Route("GET HEAD", "/p/{token}", preferences.show),
    Route("POST", "/p/{token}", preferences.act),
    Route("GET HEAD", "/k/{token}", confirm.show),
    Route("POST", "/k/{token}", confirm.act),
    Route("GET HEAD", "/c/{token}", tracking.click),
    Route("GET HEAD", "/o/{token}", tracking.opened),
    Route("GET HEAD", "/healthz", health.healthz),
    Route("GET HEAD", "/readyz", health.readyz),
    Route("GET", "/metrics", health.metrics),
    Route("GET", "/docs", studio.api_page),
)

ENTRANCE: Sequence[Route] = (
    Route("GET", "/sign-in", sign_in.show),
    Route("POST", "/sign-in", sign_in.act),
    Route("GET", "/sign-in/provider", sign_in.ask),
    Route("GET", sign_in.BACK, sign_in.answered),
)

# With the right that each needs. Whatever is no GET wants a form of ours (`own_form`).
STUDIO: Sequence[tuple[Right, Route]] = (
    ("figures", Route("GET", "/", studio.home)),
    ("figures", Route("GET", "/live", live)),
    ("people", Route("GET", "/letters", studio.letters)),
    ("figures", Route("GET", "/gallery", gallery.show)),
    ("figures", Route("GET", "/gallery/{message}/{locale}", gallery.body)),
    ("figures", Route("GET", "/scenarios/{name}", studio.scenario)),
    ("figures", Route("GET", "/scenarios/{name}/diagram.{form}", studio.drawing)),
    ("people", Route("GET", "/tasks", tasks.show)),
    ("people", Route("GET", "/contacts", studio.contacts)),
    ("people", Route("GET", "/contacts/{contact_id:path}/why", studio.why)),
    ("people", Route("GET", "/contacts/{contact_id:path}/timeline", life.show)),
    ("unmasked", Route("GET", "/contacts/{contact_id:path}/archive", acts.archive)),
    ("people", Route("GET", "/contacts/{contact_id:path}", studio.contact)),
    ("people", Route("GET", "/messages/{uid}", studio.message)),
    ("unmasked", Route("GET", "/exports", exports.show)),
    ("unmasked", Route("POST", "/exports", exports.take)),
    ("people", Route("GET", "/messages/{uid}/body", studio.message_body)),
    ("figures", Route("GET", "/studio/diagram.css", studio.diagram_style)),
    ("figures", Route("POST", "/sign-out", sign_in.leave)),
    ("act", Route("POST", "/tasks/{task_id}/take", acts.take_task)),
    ("act", Route("POST", "/tasks/{task_id}/done", acts.end_task)),
    ("act", Route("POST", "/runs/{run_id}/stop", acts.stop_run)),
    ("act", Route("POST", "/pauses", acts.pause)),
    ("act", Route("POST", "/pauses/end", acts.resume)),
)


def create_app(services: Services) -> FastAPI:
    """The application over these services, which whoever made them closes."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await app.state.pulse.close()

    app = FastAPI(
        title="Relance",
        summary="Marketing scenarios as checked text, run durably.",
        description=DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        routes=list(_routes()),
    )
    _remember(app, services)
    problems.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Utf8Addresses)
    app.add_middleware(Timing)
    app.add_middleware(SecureHeaders)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _remember(app: FastAPI, services: Services) -> None:
    """What outlives a request."""
    app.state.services = services
    app.state.pulse = Pulse(services)
    app.state.figures = Figures(services)
    app.state.sightings = Sightings(services)
    app.state.wrong_keys = RateLimit()
    app.state.downloads = exports.Downloads()
    app.state.open_binding = secrets.token_urlsafe(32)


@cache
def _routes() -> Sequence[BaseRoute]:
    """Every route, and what it asks of who comes: once a process, since reading all handlers takes long."""
    router = APIRouter()
    for route in API:
        first, _, rest = inspect.cleandoc(route.handler.__doc__ or "").partition("\n\n")
        told = {"summary": first.rstrip("."), "description": rest}
        _add(router, route, **told, responses=dict.fromkeys(api.PROBLEMS, problems.PROBLEM_SCHEMA))
    for route in (*PUBLIC, *ENTRANCE):
        _add(router, route, include_in_schema=False)
    for right, route in STUDIO:
        wanted = [Depends(Needs(right)), *([] if route.methods == "GET" else [Depends(own_form)])]
        _add(router, route, include_in_schema=False, dependencies=wanted)
    return tuple(router.routes)


def _add(router: APIRouter, route: Route, **options: Any) -> None:
    options |= {"response_model": None} if not options.get("responses") else {}
    methods = route.methods.split()
    router.add_api_route(route.path, route.handler, methods=methods, status_code=route.status, **options)
