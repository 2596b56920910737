"""What a channel is given to send, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Email:
    """One email to one person, rendered. `message_id` is our opaque id, which travels as metadata.

    `unsubscribe_url` (HTTPS) makes the RFC 8058 headers; None for transactional mail.
    """

    message_id: str
    to: str
    subject: str
    html: str
    text: str
    from_address: str
    from_name: str | None = None
    reply_to: str | None = None
    unsubscribe_url: str | None = None
    categories: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    track_opens: bool = False
    track_clicks: bool = False


@dataclass(frozen=True)
class Sms:
    """One SMS to one person (E.164), rendered. `valid_seconds`: it must not leave later than that.

    `intent`: marketing, service or transactional, which providers have words of their own for.
    """

    message_id: str
    to: str
    body: str
    sender: str | None = None
    valid_seconds: int | None = None
    intent: str = "marketing"


Message = Email | Sms


@dataclass(frozen=True)
class Erased:
    """Somebody who is to be forgotten: every address they had, and the provider's ids of their messages."""

    addresses: tuple[str, ...]
    message_ids: tuple[str, ...]


@dataclass(frozen=True)
class SendResult:
    """The provider accepted the message. `provider_id` is None where the provider gives none."""

    provider: str
    provider_id: str | None
