"""HTML: one Jinja2 environment for all pages, and the headers that keep them to themselves."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from dsl.diagram_svg import ICONS
from dsl.diagram_words import channel_name, spaced
from dsl.page_templates import templates_of

STATIC = Path(__file__).parent / "static"

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MESSAGE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'"
)
"""For a message inside a frame: it may look as it likes and do nothing."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_name(instant: datetime) -> str:
    """`Monday 22 Nov 2026`, the same in every system locale."""
    return f"{DAYS[instant.weekday()]} {instant.day} {MONTHS[instant.month - 1]} {instant.year}"


def local(instant: datetime | None, zone: str) -> str:
    """`22 Nov 2026, 09:00` in a zone; a dash for no instant."""
    if instant is None:
        return "—"
    there = instant.astimezone(ZoneInfo(zone))
    return f"{there.day} {MONTHS[there.month - 1]} {there.year}, {there:%H:%M}"


def thousands(value: int) -> str:
    """`12 345` with the narrow space that French typography wants."""
    return f"{value:,}".replace(",", "\u202f")


def icon(kind: str) -> Markup:
    """The picture of a kind of step, for text beside it."""
    path = ICONS.get(kind, ICONS["data"])
    return Markup('<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>').format(path)


def prose(text: str) -> Markup:
    """Text of the API's description: paragraphs, and what stands in backticks as code."""
    escaped = str(escape(text))
    coded = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    paragraphs = "".join(f"<p>{part}</p>" for part in coded.split("\n\n") if part.strip())
    return Markup(paragraphs)  # noqa: S704 - escaped above


_environment = templates_of("web")
_environment.filters |= {
    "local": local,
    "thousands": thousands,
    "spaced": spaced,
    "channel_name": channel_name,
    "icon": icon,
    "prose": prose,
}

_environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}


def page(template: str, *, status: int = 200, **names: Any) -> HTMLResponse:
    """A rendered page. Nothing of it is cached, framed elsewhere, or told to other sites."""
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(_environment.get_template(template).render(names), status, headers=headers)
