"""The seam between the engine and a provider."""

from typing import Protocol, runtime_checkable

from channels.messages import Erased, Message, SendResult


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


@runtime_checkable
class Forgets(Protocol):
    """A channel whose provider can be asked to forget a person. Not every provider can."""

    async def forget(self, whom: Erased) -> None:
        """Have the provider erase what it keeps of somebody; asked twice, it does no harm.

        Raises as `Channel.send`; Refused where asking again would change nothing.
        """
        ...


@runtime_checkable
class Narrow(Protocol):
    """A channel that has only so many connections: more messages at once would wait for one."""

    @property
    def at_once(self) -> int:
        """How many messages it carries side by side."""
        ...
