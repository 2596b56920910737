"""Email by SendGrid's v3 Mail Send: one person a request, since tracking is set per request."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from sendgrid.helpers.mail import (
    ApiKeyIncludedException,
    Category,
    ClickTracking,
    CustomArg,
    From,
    Header,
    Mail,
    OpenTracking,
    Personalization,
    ReplyTo,
    SubscriptionTracking,
    To,
    TrackingSettings,
)

from channels import transport
from channels.errors import Misconfigured, Refused
from channels.mail_headers import own_headers, refuse_what_is_no_mail
from channels.messages import Email, Erased, Message, SendResult
from channels.sendgrid.errors import fault_of
from channels.sendgrid.wire import MESSAGE_ID_ARG, PROVIDER

BASE_URL = "https://api.sendgrid.com"
"""Regional subusers of the European Union are served by https://api.eu.sendgrid.com."""


class SendGrid:
    """The email channel through SendGrid. Owns `client` and closes it."""

    name = "email"
    provider = PROVIDER
    at_once = transport.AT_ONCE

    def __init__(
        self,
        api_key: str,
        base_url: str = BASE_URL,
        client: httpx.AsyncClient | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        base = base_url.rstrip("/")
        self._url, self._erasures_url = f"{base}/v3/mail/send", f"{base}/v3/recipients/erasejob"
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        self._client = client or transport.new_client()
        self._clock = clock

    async def send(self, message: Message) -> SendResult:
        """Hand over one email. `provider_id` is SendGrid's `X-Message-Id`, the head of `sg_message_id`.

        Raises as `channels.base.Channel.send`. Mail Send has no idempotency key: after UnknownOutcome only
        the event webhook tells, by our id, whether the email left.
        """
        if not isinstance(message, Email):
            raise Misconfigured("sendgrid carries email and was given an SMS", provider=PROVIDER)
        refuse_what_is_no_mail(message, PROVIDER)
        response = await transport.carry(
            self._client, "POST", self._url, provider=PROVIDER, headers=self._headers, json=body_of(message)
        )
        provider_id = response.headers.get("X-Message-Id")
        accepted = response.status_code == httpx.codes.ACCEPTED or (response.is_success and provider_id)
        if not accepted:
            raise fault_of(response, self._clock)
        return SendResult(PROVIDER, provider_id)

    async def forget(self, whom: Erased) -> None:
        """Have SendGrid delete what it keeps of these addresses (Recipients' Data Erasure, a job: 202).

        Subusers are not reached by a key of their parent. Raises as `channels.base.Forgets.forget`.
        """
        if not whom.addresses:
            return
        body = {"email_addresses": list(whom.addresses)}
        response = await transport.carry(
            self._client, "POST", self._erasures_url, provider=PROVIDER, headers=self._headers, json=body
        )
        if response.status_code != httpx.codes.ACCEPTED:
            raise fault_of(response, self._clock)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()


def body_of(email: Email) -> dict[str, Any]:
    """The JSON body of the request. Raises Refused when the SDK sees an API key in the text."""
    mail = Mail()
    mail.from_email = _address(From, email.from_address, email.from_name)
    person = Personalization()
    person.add_to(_address(To, email.to))
    # Here, and not on the whole message, where SendGrid's description and its service differ on the type.
    person.add_custom_arg(CustomArg(MESSAGE_ID_ARG, email.message_id))
    mail.add_personalization(person)
    mail.subject = email.subject
    if email.reply_to:
        mail.reply_to = _address(ReplyTo, email.reply_to)
    _add_contents(mail, email)
    for name, value in own_headers(email).items():
        mail.add_header(Header(name, value))
    # Each once: a scenario may have the name of its topic, and SendGrid takes no category twice.
    mail.category = [Category(category) for category in dict.fromkeys(email.categories)]
    mail.tracking_settings = TrackingSettings(
        click_tracking=ClickTracking(email.track_clicks, email.track_clicks),
        open_tracking=OpenTracking(email.track_opens),
        # Off, or SendGrid adds its own unsubscribe headers and keeps a second list of who left.
        subscription_tracking=SubscriptionTracking(enable=False),
    )
    body: dict[str, Any] = mail.get()
    return body


def _address(kind: type[Any], address: str, name: str | None = None) -> Any:
    """An address of the SDK, set field by field: its constructor would parse `address` and may change it."""
    built = kind()
    built.email = address
    built.name = name or None
    return built


def _add_contents(mail: Mail, email: Email) -> None:
    """Plain text first, as the API wants. An empty part is left out: it is not valid."""
    try:
        for text, mime_type in ((email.text, "text/plain"), (email.html, "text/html")):
            if text:
                mail.add_content(text, mime_type)
    except ApiKeyIncludedException:
        fault = Refused("the text looks like a SendGrid API key", provider=PROVIDER, code="api_key")
    else:
        return
    raise fault
