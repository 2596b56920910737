"""The base taken out by the studio: a page that asks what, and a download that is written as it is read."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from datetime import date, datetime, time
from typing import TypeVar, get_args
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from engine.exports.exporting import Asked, streamed
from engine.exports.writers import Form as Written
from engine.exports.writers import ParquetMissing
from engine.segment_members import UnknownSegment
from store.exports import What
from web.frame import frame
from web.pages import page
from web.problems import Problem
from web.rate_limit import RateLimit
from web.services import Services, Use
from web.visits import Form, Here

AT_ONCE = 2
"""Downloads of this process: each holds a connection, and a snapshot of the database."""

AN_HOUR = 3600
MOST_AN_HOUR = 20
"""Of one person: more is a program, which has `relance export`."""

TYPES: Mapping[Written, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}

T = TypeVar("T")


class Downloads:
    """The downloads of this process: how many are under way, and how many each person began lately."""

    def __init__(self) -> None:
        self._under_way = 0
        self._begun = RateLimit(limit=MOST_AN_HOUR, window=AN_HOUR)

    @contextmanager
    def one_more(self, actor: str) -> Iterator[None]:
        """Count a download until the block ends. Raises Problem 429."""
        if self._under_way >= AT_ONCE:
            raise _too_many("Others are taking the base out. Nothing was taken: try again in a minute.", 60)
        if self._begun.one_more(actor):
            detail = f"More than {MOST_AN_HOUR} exports in an hour. A program uses `relance export`."
            raise _too_many(detail, AN_HOUR)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


class Download(StreamingResponse):
    """A file that is written while it is sent; what it holds is let go however the sending ends."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None], name: str, kind: str) -> None:
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            # A proxy that kept it would do so on its disk.
            "X-Accel-Buffering": "no",
        }
        super().__init__(_chained(first, rest), media_type=kind, headers=headers)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts. Who went away before the first has begun nothing that could be closed but these."""
        async with aclosing(self._rest):
            await super().__call__(scope, receive, send)


async def show(services: Use, visit: Here) -> HTMLResponse:
    """What may be taken out, and the form that asks for it."""
    segments = sorted((await services.plans.world()).segments)
    return page("exports.html", **await frame(services, visit, "exports"), segments=segments)


async def take(request: Request, services: Use, visit: Here, form: Form) -> Response:
    """The file. The audit tells of it before its first byte."""
    asked = await _asked(services, form)
    downloads: Downloads = request.app.state.downloads
    parts = _parts(downloads, services, asked, visit.actor)
    try:
        first = await anext(parts)
    except (UnknownSegment, ParquetMissing) as error:
        raise _wrong(str(error)) from None
    name = f"{asked.what}-{services.clock.now():%Y-%m-%d}.{asked.form}"
    return Download(first, parts, name, TYPES[asked.form])


async def _parts(
    downloads: Downloads, services: Services, asked: Asked, actor: str
) -> AsyncGenerator[bytes, None]:
    now = services.clock.now()
    with downloads.one_more(actor):
        async with aclosing(
            streamed(services.database, services.plans, asked, actor=actor, now=now)
        ) as found:
            async for part in found:
                yield part


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _asked(services: Services, form: Mapping[str, str]) -> Asked:
    zone = ZoneInfo((await services.plans.world()).policy.default_zone)
    since, until = (_day(form.get(name, ""), zone) for name in ("since", "until"))
    if since and until and since >= until:
        raise _wrong("The first day is not before the day at which it ends.")
    what = _one_of(get_args(What), form.get("what", ""))
    return Asked(
        what, _one_of(get_args(Written), form.get("form", "")), form.get("segment") or None, since, until
    )


def _one_of(known: tuple[T, ...], given: str) -> T:
    for each in known:
        if each == given:
            return each
    raise _wrong(f"Choose one of {', '.join(map(str, known))}.")


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        raise _wrong("A day is written like 2026-12-25.") from None


def _wrong(detail: str) -> Problem:
    return Problem(422, "bad-form", "This cannot be taken out", f"{detail} Nothing was taken.")


def _too_many(detail: str, seconds: int) -> Problem:
    return Problem(429, "too-many-exports", "Too many exports", detail, headers={"Retry-After": str(seconds)})
