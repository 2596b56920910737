"""What providers report, in one closed vocabulary, with the original beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

EventKind: TypeAlias = Literal[
    "accepted",
    "delivered",
    "deferred",
    "bounced",
    "blocked",
    "dropped",
    "failed",
    "opened",
    "clicked",
    "complained",
    "unsubscribed",
    "replied",
    "unknown",
]
"""accepted: the provider has it · delivered: arrived · deferred: still trying · bounced: hard, the address
is dead · blocked: refused this time · dropped: never sent by the provider · failed: SMS not delivered ·
replied: an inbound SMS · unknown: a report that we do not know, kept as it came."""


@dataclass(frozen=True)
class DeliveryEvent:
    """One report. `key` is unique for the report, whatever the provider resends.

    `message_id` is our id where the provider gave it back; `address` the email or phone where it tells.
    `suppress`: what the report says of the address, once it was told on `on_days` different days with no
    delivery between them. `everything`: who unsubscribed did so from all that this provider sends for us.
    `stops_channel`: our account or sender is wrong, and nothing arrives until somebody mends it. `machine`:
    an open by a proxy, which is no person's.
    """

    kind: EventKind
    provider: str
    channel: str
    key: str
    at: datetime | None
    message_id: str | None = None
    provider_id: str | None = None
    address: str | None = None
    suppress: Literal["invalid", "stop", "hard_bounce", "complaint", "unsubscribe"] | None = None
    on_days: int = 1
    everything: bool = False
    stops_channel: bool = False
    reason: str | None = None
    link: str | None = None
    text: str | None = None
    to: str | None = None
    """For `replied`: our number or sender that was written to."""
    intent: Literal["stop", "start", "help"] | None = None
    """For `replied`: what it asks, None for an ordinary reply."""
    machine: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)
