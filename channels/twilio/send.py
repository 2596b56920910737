"""SMS by Twilio's Messages resource, by its SDK over our transport."""

from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
from twilio.base import values
from twilio.rest import Client

from channels import transport
from channels.errors import Misconfigured, Refused
from channels.messages import Erased, Message, SendResult, Sms
from channels.twilio.carrier import Carrier
from channels.twilio.wire import MESSAGE_ID_PARAM, PROVIDER

BASE_URL = "https://api.twilio.com"
LONGEST_VALIDITY_SECONDS = 36_000
"""Twilio's queue keeps nothing longer, so a later limit is kept by this one."""

_INTENTS = {"marketing": "marketing", "service": "customercare", "transactional": "notifications"}
"""Our classes in the words of `MessageIntent`: Twilio refuses any other."""


@dataclass(frozen=True)
class Senders:
    """Who an SMS that names no sender comes from: a number or name, a messaging service, or both."""

    number: str | None = None
    messaging_service_sid: str | None = None


class Twilio:
    """The SMS channel through Twilio. Owns `client` and closes it."""

    name = "sms"
    provider = PROVIDER
    at_once = transport.AT_ONCE

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        senders: Senders,
        *,
        status_callback: str,
        base_url: str = BASE_URL,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._senders = senders
        self._status_callback = status_callback
        self._client = client or transport.new_client()
        # A mapping of its own, or the SDK would look TWILIO_EDGE and TWILIO_REGION up and rewrite the host.
        environment = {"TWILIO_ACCOUNT_SID": account_sid}
        carrier = Carrier(self._client)
        self._twilio = Client(account_sid, auth_token, http_client=carrier, environment=environment)
        self._twilio.api.base_url = base_url.rstrip("/")

    async def send(self, message: Message) -> SendResult:
        """Hand over one SMS. `provider_id` is Twilio's MessageSid.

        Raises as `channels.base.Channel.send`. Messages has no idempotency key: after UnknownOutcome only the
        status callback tells, by our id, whether the SMS left.
        """
        if not isinstance(message, Sms):
            raise Misconfigured("twilio carries SMS and was given an email", provider=PROVIDER)
        created = await self._twilio.messages.create_async(
            to=message.to,
            body=message.body,
            from_=message.sender or self._senders.number or values.unset,
            messaging_service_sid=self._senders.messaging_service_sid or values.unset,
            status_callback=f"{self._status_callback}?{urlencode({MESSAGE_ID_PARAM: message.message_id})}",
            validity_period=_validity_of(message),
            message_intent=_INTENTS.get(message.intent, values.unset),
        )
        return SendResult(PROVIDER, created.sid)

    async def forget(self, whom: Erased) -> None:
        """Delete each message that went to the person or came from them: its number and its text go with it.

        Twilio looks for nobody by number, so that the ids are all it is asked by. One that is still under way
        cannot be deleted yet. Raises as `channels.base.Forgets.forget`.
        """
        for sid in whom.message_ids:
            await self._twilio.messages(sid).delete_async()

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()


def _validity_of(sms: Sms) -> object:
    """Seconds that Twilio may keep the SMS queued, so that none leaves after hours."""
    if sms.valid_seconds is None:
        return values.unset
    if sms.valid_seconds < 1:
        raise Refused("twilio: no time is left to send it", provider=PROVIDER, code="expired")
    return min(sms.valid_seconds, LONGEST_VALIDITY_SECONDS)
