"""What can go wrong with a provider.

ChannelError
├── Retryable        not now: try again, after `after_seconds` where the provider says so
├── Refused          never, for this message: `code` of the provider, `suppress` what it says of the address
├── UnknownOutcome   the request left and no answer came: it may or may not have been sent
├── Misconfigured    our account, key or sender is wrong: stop the channel, burn no message
└── InvalidSignature a webhook that is not the provider's
"""

from typing import Literal

SuppressReason = Literal["invalid", "stop", "hard_bounce"]


class ChannelError(Exception):
    """A provider did not do as asked. The message is for operations and holds no personal data."""

    def __init__(self, message: str, *, provider: str, code: str | None = None) -> None:
        super().__init__(message)
        self.provider = provider
        self.code = code


class Retryable(ChannelError):
    """The provider could not now; nothing was sent."""

    def __init__(
        self, message: str, *, provider: str, code: str | None = None, after_seconds: float | None = None
    ) -> None:
        super().__init__(message, provider=provider, code=code)
        self.after_seconds = after_seconds


class Refused(ChannelError):
    """The provider will never send this message. `suppress` names what it learned of the address."""

    def __init__(
        self, message: str, *, provider: str, code: str | None = None, suppress: SuppressReason | None = None
    ) -> None:
        super().__init__(message, provider=provider, code=code)
        self.suppress = suppress


class UnknownOutcome(ChannelError):
    """The request was written and no answer was read."""


class Misconfigured(ChannelError):
    """The provider refuses our account, key or sender: no message of the channel can leave."""


class InvalidSignature(ChannelError):
    """A webhook whose signature is absent or wrong."""
