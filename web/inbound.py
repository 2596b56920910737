"""The door for other systems: an address for each file of `sources/`, signed, and each item counts once."""

import asyncio
import logging
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import JSONResponse

from dsl.inbound.model import Inbound
from engine.contact_input import IdentityTaken
from engine.inbound.files import BrokenSource, UnknownSource
from engine.inbound.reading import BadRequest
from engine.inbound.showing import plain
from engine.inbound.signature import Forged, NoSecret, verify
from engine.inbound.taking import take_request
from web.problems import Problem
from web.services import Services, Use

Name = Annotated[str, Path(max_length=200)]

_log = logging.getLogger(__name__)


async def receive(request: Request, services: Use, source: Name) -> JSONResponse:
    """Take a request of a source; 202 with what became of each item. A bad signature changes nothing."""
    found = await _source(services, source)
    raw = await request.body()
    now = services.clock.now()
    try:
        verify(found.signing, raw, request.headers, services.sources.environment, now)
        results = await take_request(services.database, services.plans, found, raw, now)
    except NoSecret as error:
        raise Problem(
            403, "webhook-off", "This webhook is not set up", f"{error}; nothing was changed."
        ) from None
    except Forged as error:
        detail = f"{str(error).capitalize()}; nothing was changed. {_check(found)}"
        raise Problem(403, "bad-signature", "Not the source's request", detail) from None
    except BadRequest as error:
        detail = f"{str(error).capitalize()}. Nothing was changed."
        raise Problem(400, "malformed-request", "The request cannot be read", detail) from None
    except IdentityTaken as error:
        raise Problem(409, "identity-taken", "An id was taken meanwhile", f"{error} Send it again.") from None
    return JSONResponse(plain(results), 202)


async def _source(services: Services, name: str) -> Inbound:
    try:
        return await asyncio.to_thread(services.sources.get, name)
    except UnknownSource:
        detail = "No file of sources/ has this name. Nothing was changed."
        raise Problem(404, "unknown-source", "There is no such source", detail) from None
    except BrokenSource as error:
        _log.error("sources/%s cannot be used: %s", name, error)
        detail = "The file of this source has mistakes: `relance check` names them. Nothing was changed."
        raise Problem(503, "broken-source", "This source is not usable", detail) from None


def _check(source: Inbound) -> str:
    signing = source.signing
    over = "its raw body" if signing.timestamp is None else f"`{signing.signs}`"
    return (
        f"If it is {source.title} after all, compare {signing.secret_env} with the secret it signs by, "
        f"HMAC-SHA-256 over {over} in {signing.encoding}."
    )
