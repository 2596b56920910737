"""The seam between the engine and a provider."""

from typing import Protocol

from channels.messages import Message, SendResult


class Channel(Protocol):
    """Sends one kind of message through one provider. Implementations hold their own connections."""

    name: str
    """`email`, `sms`: the word that scenarios use."""
    provider: str
    """`sendgrid`, `twilio`, `outbox`."""

    async def send(self, message: Message) -> SendResult:
        """Hand over one message.

        Raises Retryable, Refused, UnknownOutcome or Misconfigured (see `channels.errors`), nothing else.
        """
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...
