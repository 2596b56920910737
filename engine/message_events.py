"""From providers' words to ours: the next state of a message, and the `message.*` event that tells of it."""

from datetime import datetime
from typing import Any

from channels.events import DeliveryEvent
from engine.people import SOURCE
from store.database import Row
from store.events import NewEvent

LEFT = frozenset({"accepted", "deferred"})
ARRIVED = frozenset({"delivered", "opened", "clicked", "complained", "unsubscribed"})
LOST = frozenset({"bounced", "blocked", "dropped", "failed"})

EVENT_NAMES = {
    "delivered": "message.delivered",
    "opened": "message.opened",
    "clicked": "message.clicked",
    "replied": "message.replied",
    "complained": "message.complained",
    **dict.fromkeys(LOST, "message.bounced"),
}

UNDER_WAY = frozenset({"attempted", "unknown", "sent"})


def next_state(state: str, kind: str) -> str:
    """The state of a message after a report; it never goes back.

    What is not with the provider any more, or not yet, stays as it is. A bounce may come after a delivery,
    from a mailbox that took the message first.
    """
    if kind in LEFT and state in ("attempted", "unknown"):
        return "sent"
    if kind in ARRIVED and state in UNDER_WAY:
        return "delivered"
    if kind in LOST and (state in UNDER_WAY or (kind == "bounced" and state == "delivered")):
        return "refused"
    return state


def properties_of(message: Row) -> dict[str, Any]:
    """What every `message.*` event says of its message."""
    names = ("scenario", "step", "topic", "channel", "class", "tags", "run_id", "iteration")
    return {name: message[name] for name in names}


def announcement(name: str, message: Row, at: datetime) -> NewEvent:
    """An event that a message has once."""
    return NewEvent(SOURCE, _once(name, message), name, message["contact_id"], at, properties_of(message))


def _once(name: str, message: Row) -> str:
    """The id of an event that a message has once, whoever tells of it: `sent/<uid>`."""
    return f"{name.removeprefix('message.')}/{message['uid']}"


def event_of(report: DeliveryEvent, message: Row, at: datetime) -> NewEvent | None:
    """The event that tells of a report; None where the language has no word for it."""
    name = EVENT_NAMES.get(report.kind)
    if name is None:
        return None
    properties = properties_of(message)
    if name == "message.bounced":
        properties["bounce"] = "hard" if report.kind == "bounced" else "soft"
    if report.link:
        properties["link"] = report.link
    if report.text is not None:
        properties["text"] = report.text
    if name == "message.delivered":
        return NewEvent(SOURCE, _once(name, message), name, message["contact_id"], at, properties)
    return NewEvent(
        report.provider, f"{report.key}/{message['id']}", name, message["contact_id"], at, properties
    )
