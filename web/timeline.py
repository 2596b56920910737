"""A person's life in words: lines of the store become days with moments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from dsl.diagram_words import channel_name, spaced
from store.studio import TimelineLine
from web.pages import day_name

KINDS: Mapping[str, str] = {
    "message": "Messages",
    "report": "Opens, clicks, deliveries",
    "event": "Events",
    "trail": "Decisions",
    "consent": "Consents",
}

MESSAGE_STATES: Mapping[str, tuple[str, str]] = {
    "reserved": ("planned", "warn"),
    "attempted": ("leaving", "warn"),
    "sent": ("sent", "accent"),
    "delivered": ("delivered", "good"),
    "refused": ("refused", "bad"),
    "unknown": ("outcome unknown", "warn"),
    "released": ("given up", "plain"),
    "withheld": ("withheld (holdout)", "plain"),
}
"""How a state is said, and its tone."""

TRAIL_TONES: Mapping[str, tuple[str, str]] = {
    "entered": ("entry", "good"),
    "ended": ("exit", "plain"),
    "goal": ("entry", "good"),
    "not_sent": ("exit", "warn"),
    "refused": ("exit", "warn"),
    "reserved": ("message", "accent"),
    "sent": ("message", "accent"),
    "waiting": ("wait", "plain"),
    "branch": ("branch", "plain"),
}
"""What a line of the trail is about: its picture and its tone."""


@dataclass(frozen=True)
class Moment:
    """One thing that happened, as the page shows it."""

    kind: str
    at: datetime
    icon: str
    tone: str
    title: str
    text: str
    chip: str = ""
    uid: str | None = None
    scenario: str | None = None


@dataclass(frozen=True)
class Day:
    """A local day and what happened in it, newest first."""

    name: str
    moments: tuple[Moment, ...]


def days(lines: Iterable[TimelineLine], zone: str) -> list[Day]:
    """The lines by the person's local day; order is kept."""
    there = ZoneInfo(zone)
    moments = [_moment(line, line.at.astimezone(there)) for line in lines]
    return [Day(name, tuple(group)) for name, group in groupby(moments, key=lambda each: day_name(each.at))]


def _moment(line: TimelineLine, at: datetime) -> Moment:
    match line.kind:
        case "message":
            return _message(line, at)
        case "trail":
            icon, tone = TRAIL_TONES.get(line.title, ("data", "plain"))
            return Moment(
                "trail", at, icon, tone, line.text or spaced(line.title), "", scenario=line.scenario
            )
        case "consent":
            return _consent(line, at)
        case "report":
            return _report(line, at)
    detail = ", ".join(filter(None, (_said(line.data), f"from {line.scenario}" if line.scenario else "")))
    return Moment("event", at, "action", "plain", line.title, detail)


def _message(line: TimelineLine, at: datetime) -> Moment:
    chip, tone = MESSAGE_STATES.get(line.state or "", (line.state or "", "plain"))
    title = f"{channel_name(line.data['channel'])} · {spaced(line.title)}"
    kind = line.data["channel"] if line.data["channel"] in {"email", "sms"} else "message"
    return Moment("message", at, kind, tone, title, line.text or "", chip, line.uid, line.scenario)


def _report(line: TimelineLine, at: datetime) -> Moment:
    verb = line.title.removeprefix("message.")
    tone = {"bounced": "bad", "complained": "bad", "clicked": "good", "replied": "good"}.get(verb, "plain")
    what = channel_name(str(line.data.get("channel", "message")))
    said = line.data.get("link") or line.data.get("text") or line.data.get("bounce") or ""
    return Moment("report", at, "message", tone, f"{what} {verb}", str(said), scenario=line.scenario)


def _consent(line: TimelineLine, at: datetime) -> Moment:
    tone = "good" if line.title == "granted" else "bad"
    basis = spaced(line.state or "").lower()
    detail = ", ".join(filter(None, (f"basis: {basis}", line.text and f"text {line.text}", _said(line.data))))
    title = f"Consent {line.title} · {line.scenario} by {channel_name(line.step or '')}"
    return Moment("consent", at, "data", tone, title, detail)


def _said(data: Mapping[str, Any]) -> str:
    """Properties in a line: `total: 40, channel: web`; lists by their length."""
    return ", ".join(f"{name}: {_short(value)}" for name, value in data.items() if value is not None)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} item{'s' if len(value) != 1 else ''}"
    if isinstance(value, dict) and set(value) == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return str(value)
