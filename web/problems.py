"""Every error as RFC 9457 problem details: what is wrong, what to do about it, and where in the request."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from psycopg import DataError, OperationalError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from engine.plans import NothingPublished
from web.pages import page

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
MOST_ERRORS = 50
FOR_PROGRAMS = ("/v1/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/openapi.json")
"""Where an error is always told in JSON, whatever the caller says it accepts."""

PROBLEM_SCHEMA: dict[str, Any] = {
    "description": "What is wrong, and what to do about it (RFC 9457).",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string", "description": "Stable name of the problem."},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string", "description": "What is wrong here, and the remedy."},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "pointer": {"type": "string", "description": "JSON pointer into the body."},
                                "detail": {"type": "string"},
                            },
                        },
                    },
                },
            }
        }
    },
}

_log = logging.getLogger(__name__)


class Problem(Exception):
    """A request that cannot be served. `kind` is a stable name, `detail` says what to do."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = headers


def response(problem: Problem) -> JSONResponse:
    """The answer for a problem."""
    content: dict[str, Any] = {
        "type": f"urn:relance:problem:{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        content["errors"] = list(problem.errors)
    return JSONResponse(content, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of the application as problem details, or as a page to a person."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(PoolTimeout, _database_away)
    app.add_exception_handler(DataError, _not_storable)
    app.add_exception_handler(NothingPublished, _nothing_published)
    app.add_exception_handler(Exception, _unexpected)


def _answer(request: Request, problem: Problem) -> Response:
    """JSON for a program, a page for a person with a browser."""
    person = "text/html" in request.headers.get("accept", "")
    if not person or request.url.path.startswith(FOR_PROGRAMS):
        return response(problem)
    shown = page("problem.html", status=problem.status, problem=problem)
    shown.headers.update(problem.headers or {})
    return shown


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _answer(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    """What FastAPI found wrong with the body or the address."""
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    broken = next((fault for fault in faults if fault["type"] == "json_invalid"), None)
    if broken is not None:
        why = str(broken.get("ctx", {}).get("error", "not JSON"))
        detail = f"The body is not JSON: {why} (character {broken['loc'][-1]}). Nothing was stored."
        return _answer(request, Problem(400, "malformed-json", "The body is not JSON", detail))
    errors = [
        {"pointer": _pointer(fault["loc"]), "detail": _wording(fault)} for fault in faults[:MOST_ERRORS]
    ]
    detail = "What is to be corrected is listed in `errors`. Nothing was stored."
    return _answer(
        request, Problem(422, "invalid-body", "The request is not as described", detail, errors=errors)
    )


def _pointer(place: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) into the body. `one` and `many` are Pydantic's names for its two forms."""
    inside = place[2:] if place[1:2] in (("one",), ("many",)) else place[1:]
    kept = [str(part).replace("~", "~0").replace("/", "~1") for part in inside]
    return "/" + "/".join(kept) if kept else ""


def _wording(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "missing":
        return "is missing"
    if fault["type"] == "timezone_aware":
        return "has no offset; write it like 2026-12-25T09:00:00+01:00"
    if fault["type"] == "extra_forbidden":
        return "is not a field of this body; /openapi.json describes it"
    return str(fault["msg"]).removeprefix("Value error, ")


async def _plain(request: Request, error: Exception) -> Response:
    """An error that the framework raises: no such route, wrong method."""
    assert isinstance(error, HTTPException)
    detail = {
        404: f"There is nothing at {request.url.path}. The API is described in /openapi.json.",
        405: f"{request.url.path} does not take {request.method}. The API is described in /openapi.json.",
        400: "The body could not be read: send JSON in UTF-8, not too deeply nested. Nothing was stored.",
    }.get(error.status_code, str(error.detail))
    kind, title = {
        400: ("malformed-request", "The body cannot be read"),
        404: ("not-found", "Nothing here"),
        405: ("wrong-method", "Not this way"),
        413: ("too-large", "The body is too large"),
    }.get(error.status_code, ("refused", str(error.detail)))
    return _answer(request, Problem(error.status_code, kind, title, detail, headers=error.headers))


async def _database_away(request: Request, error: Exception) -> Response:
    _log.error("the database does not answer: %s on %s", type(error).__name__, request.url.path)
    detail = "The database does not answer. Nothing was stored; send the request again in a few seconds."
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return _answer(request, Problem(503, "database-away", "Try again", detail, headers=headers))


async def _not_storable(request: Request, error: Exception) -> Response:
    """A NUL character in an address, which no text of the database can hold."""
    del error
    detail = "The address or the body holds a character that cannot be kept. Nothing was stored."
    return _answer(request, Problem(400, "malformed-request", "A character that cannot be kept", detail))


async def _nothing_published(request: Request, error: Exception) -> Response:
    del error
    detail = "No scenarios are in force yet: run `relance publish` in the folder that holds them."
    return _answer(request, Problem(503, "nothing-published", "Nothing is published yet", detail))


async def _unexpected(request: Request, error: Exception) -> Response:
    """A mistake of ours. The message may hold personal data, so only its type is said."""
    detail = f"Unexpected {type(error).__name__}. Nothing of this request was kept; the log says more."
    return _answer(request, Problem(500, "unexpected", "A mistake on our side", detail))
