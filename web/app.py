"""The HTTP application: every route in one list."""

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from web import (
    api,
    confirm,
    gallery,
    health,
    inbound,
    merging,
    preferences,
    problems,
    studio,
    tasks,
    tracking,
    unsubscribe,
    webhooks,
)
from web.access import may_look
from web.figures import Figures
from web.limits import BodyLimit
from web.live import Pulse, live
from web.pages import STATIC
from web.services import Services
from web.timing import Timing

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
    Route("PUT", "/v1/contacts/{contact_id:path}", api.put_contact),
    Route("GET", "/v1/contacts/{contact_id:path}", api.get_contact),
    Route("DELETE", "/v1/contacts/{contact_id:path}", api.delete_contact, 204),
    Route("POST", "/v1/contacts/{contact_id:path}/merge", merging.post_merge),
    Route("POST", "/v1/merges/{merge_id}/undo", merging.post_undo),
    Route("POST", "/v1/contacts", api.post_contacts),
    Route("POST", "/v1/scenarios/{name}/runs", api.post_run),
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

STUDIO: Sequence[Route] = (
    Route("GET", "/", studio.home),
    Route("GET", "/live", live),
    Route("GET", "/letters", studio.letters),
    Route("GET", "/gallery", gallery.show),
    Route("GET", "/gallery/{message}/{locale}", gallery.body),
    Route("GET", "/scenarios/{name}", studio.scenario),
    Route("GET", "/scenarios/{name}/diagram.{form}", studio.drawing),
    Route("GET", "/tasks", tasks.show),
    Route("GET", "/contacts", studio.contacts),
    Route("GET", "/contacts/{contact_id:path}/why", studio.why),
    Route("GET", "/contacts/{contact_id:path}", studio.contact),
    Route("GET", "/messages/{uid}", studio.message),
    Route("GET", "/messages/{uid}/body", studio.message_body),
    Route("GET", "/studio/diagram.css", studio.diagram_style),
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
    )
    app.state.services = services
    app.state.pulse = Pulse(services)
    app.state.figures = Figures(services)
    problems.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Timing)
    for route in API:
        first, _, rest = inspect.cleandoc(route.handler.__doc__ or "").partition("\n\n")
        told = {"summary": first.rstrip("."), "description": rest}
        _add(app, route, **told, responses=dict.fromkeys(api.PROBLEMS, problems.PROBLEM_SCHEMA))
    for route in PUBLIC:
        _add(app, route, include_in_schema=False)
    for route in STUDIO:
        _add(app, route, include_in_schema=False, dependencies=[Depends(may_look)])
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _add(app: FastAPI, route: Route, **options: Any) -> None:
    options |= {"response_model": None} if not options.get("responses") else {}
    methods = route.methods.split()
    app.add_api_route(route.path, route.handler, methods=methods, status_code=route.status, **options)
