"""A person's life in words: entries of their timeline become days with moments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from dsl.diagram_words import channel_name, spaced
from engine.timeline import Entry, Following
from store.timeline import Kind
from web.pages import day_name, local

KINDS: Mapping[Kind, str] = {
    "event": "Visits, orders, calls",
    "message": "Messages",
    "reaction": "Clicks, replies, deliveries",
    "task": "Tasks",
    "consent": "Consents",
    "run": "Scenarios",
    "change": "Profile",
    "decision": "Each decision",
}
"""What can be chosen, as people call it."""

DIRECTIONS: Mapping[str, str] = {"in": "from them", "out": "from us"}

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

REACTION_TONES: Mapping[str, str] = {
    "bounced": "bad",
    "complained": "bad",
    "clicked": "good",
    "replied": "good",
}

OUR_OWN = frozenset({"scenario", "step", "topic", "channel", "class", "tags", "run_id", "iteration", "basis"})
"""Of a reaction and a consent: what its title and its place say already."""


@dataclass(frozen=True)
class Moment:
    """One thing that happened, as the page shows it. `way`: from whom, through what, where, by whom."""

    kind: Kind
    at: datetime
    icon: str
    tone: str
    title: str
    text: str = ""
    chip: str = ""
    way: str = ""
    follows: str = ""
    uid: str | None = None
    scenario: str | None = None


@dataclass(frozen=True)
class Day:
    """A local day and what happened in it, newest first."""

    name: str
    moments: tuple[Moment, ...]


def days(entries: Iterable[Entry], zone: str) -> list[Day]:
    """The entries by the person's local day; order is kept."""
    there = ZoneInfo(zone)
    moments = [_moment(entry, entry.at.astimezone(there), zone) for entry in entries]
    return [Day(name, tuple(group)) for name, group in groupby(moments, key=lambda each: day_name(each.at))]


def _moment(entry: Entry, at: datetime, zone: str) -> Moment:
    bare = _OF_KIND[entry.kind](entry, at)
    follows = "; ".join(_follows(each, zone) for each in entry.follows)
    return replace(bare, way=_way(entry), follows=follows, uid=entry.message, scenario=entry.scenario)


def _way(entry: Entry) -> str:
    """`from them · phone · Lyon · by api/till`."""
    through = channel_name(entry.medium) if entry.medium else None
    by = f"by {entry.by}" if entry.by and entry.by != "relance" else None
    return " · ".join(filter(None, (DIRECTIONS.get(entry.direction or ""), through, entry.where, by)))


def _follows(each: Following, zone: str) -> str:
    at = f" on {local(each.at, zone)}" if each.at else ""
    match each.what:
        case "scenario":
            return f"began {spaced(each.name)}"
        case "step":
            return f"goes on at {spaced(each.name)}{at}"
    return f"to be done{at}"


def _event(entry: Entry, at: datetime) -> Moment:
    said = (entry.medium, entry.where, entry.outcome)
    told = {name: value for name, value in entry.data.items() if value not in said}
    title = spaced(entry.name.replace(".", "_"))
    return Moment("event", at, "action", "accent", title, _said(told), entry.outcome or "")


def _message(entry: Entry, at: datetime) -> Moment:
    state, _, reason = (entry.outcome or "").partition(": ")
    chip, tone = MESSAGE_STATES.get(state, (state, "plain"))
    icon = entry.medium if entry.medium in ("email", "sms") else "message"
    title = f"{channel_name(entry.medium or 'message')} · {spaced(entry.name)}"
    return Moment("message", at, icon, tone, title, reason, chip)


def _reaction(entry: Entry, at: datetime) -> Moment:
    verb = entry.name.removeprefix("message.")
    title = f"{channel_name(entry.medium or 'message')} {verb}"
    said = _said({name: value for name, value in entry.data.items() if name not in OUR_OWN})
    return Moment("reaction", at, "message", REACTION_TONES.get(verb, "plain"), title, said)


def _task(entry: Entry, at: datetime) -> Moment:
    over = entry.outcome not in ("open", "taken", "done")
    tone = "good" if over else "warn" if entry.follows else "plain"
    title = f"{'Done' if over else 'Task'} · {entry.name}"
    return Moment("task", at, "action", tone, title, "", entry.outcome or "")


def _consent(entry: Entry, at: datetime) -> Moment:
    if entry.name.startswith("consent."):
        channel = entry.data.get("channel") or ""
        return Moment("consent", at, "data", "good", spaced(entry.name.replace(".", "_")), str(channel))
    channel, basis = entry.data.get("channel", ""), spaced(str(entry.data.get("basis", ""))).lower()
    proof = _said({name: value for name, value in entry.data.items() if name not in OUR_OWN})
    text = ", ".join(filter(None, (f"basis: {basis}", entry.text and f"text {entry.text}", proof)))
    title = f"Consent {entry.outcome} · {spaced(entry.name)} by {channel_name(str(channel))}"
    return Moment("consent", at, "data", "good" if entry.outcome == "granted" else "bad", title, text)


def _trail(entry: Entry, at: datetime) -> Moment:
    icon, tone = TRAIL_TONES.get(entry.name, ("data", "plain"))
    return Moment(entry.kind, at, icon, tone, entry.text or spaced(entry.name), chip=entry.outcome or "")


def _change(entry: Entry, at: datetime) -> Moment:
    if entry.name != "contact.changed":
        return Moment("change", at, "data", "plain", spaced(entry.name.replace(".", "_")), _said(entry.data))
    before, after = (_short(entry.data.get(name)) for name in ("before", "after"))
    title = f"Changed · {spaced(str(entry.data.get('attribute', '')))}"
    return Moment("change", at, "data", "plain", title, f"{before} → {after}")


_OF_KIND = {
    "event": _event,
    "message": _message,
    "reaction": _reaction,
    "task": _task,
    "consent": _consent,
    "run": _trail,
    "decision": _trail,
    "change": _change,
}


def _said(data: Mapping[str, Any]) -> str:
    """Properties in a line: `total: 40, channel: web`; lists by their length."""
    return ", ".join(f"{name}: {_short(value)}" for name, value in data.items() if value not in (None, ""))


def _short(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"{len(value)} item{'s' if len(value) != 1 else ''}"
    if isinstance(value, dict) and set(value) == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return str(value)
