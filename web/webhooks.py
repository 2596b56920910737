"""Providers' reports and inbound SMS: the raw body is verified first; a bad signature changes nothing."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from channels.errors import InvalidSignature, Misconfigured
from channels.events import DeliveryEvent
from channels.sendgrid import webhook as sendgrid_webhook
from channels.smtp import webhook as smtp_webhook
from channels.twilio import webhook as twilio_webhook
from channels.twilio.reply import CONTENT_TYPE, answered_by_twilio, twiml
from engine import deliveries
from store import contacts
from web.problems import Problem
from web.services import Services, Use
from web.words import words_for

MAX_FIELDS = 1_000
SENDGRID_CHECK = (
    "If SendGrid sent it, compare SENDGRID_WEBHOOK_PUBLIC_KEY with the verification key of its event webhook."
)
TWILIO_CHECK = (
    "If Twilio sent it, RELANCE_PUBLIC_URL must be the address that it called, and TWILIO_AUTH_TOKEN its "
    "account's token."
)

SMTP_OFF = "RELANCE_EMAIL is not smtp, so that no bounce can come this way; nothing was changed."
SMTP_CHECK = (
    "If it is a bounce of ours, it must be posted whole, as it was delivered, and its keys be in "
    "RELANCE_SECRET_KEYS."
)


async def sendgrid(request: Request, services: Use) -> JSONResponse:
    """SendGrid's event webhook: a JSON array of reports, signed over the raw bytes."""
    key = _needed(services.webhooks.sendgrid_public_key, "SENDGRID_WEBHOOK_PUBLIC_KEY")
    raw = await request.body()
    with _Verified(SENDGRID_CHECK):
        reports = sendgrid_webhook.parse(raw, request.headers, key)
    await _record(services, reports)
    return JSONResponse({"taken": len(reports)})


async def smtp_bounce(request: Request, services: Use) -> JSONResponse:
    """A message that came to the mailbox of bounces, whole: a bounce, a complaint, or anything else.

    The id that we signed is all its proof. What is neither is 200 and nothing: whoever delivers it here
    would answer an error with a bounce of its own.
    """
    if not services.webhooks.smtp_keys:
        raise Problem(403, "webhook-off", "This webhook is not set up", SMTP_OFF)
    raw = await request.body()
    with _Verified(SMTP_CHECK):
        reports = smtp_webhook.parse(raw, services.webhooks.smtp_keys)
    await _record(services, reports)
    return JSONResponse({"taken": len(reports)})


async def twilio_status(request: Request, services: Use) -> Response:
    """Twilio's status callback of an SMS of ours."""
    token = _needed(services.webhooks.twilio_auth_token, "TWILIO_AUTH_TOKEN")
    fields = await _form(request)
    with _Verified(TWILIO_CHECK):
        reports = twilio_webhook.parse_status(_public(request, services), fields, request.headers, token)
    await _record(services, reports)
    return Response(status_code=204)


async def twilio_inbound(request: Request, services: Use) -> Response:
    """An SMS to us. STOP, START and HELP act in this transaction and are answered in TwiML."""
    token = _needed(services.webhooks.twilio_auth_token, "TWILIO_AUTH_TOKEN")
    fields = await _form(request)
    with _Verified(TWILIO_CHECK):
        reports = twilio_webhook.parse_inbound(_public(request, services), fields, request.headers, token)
    await _record(services, reports)
    text = await _answer(services, reports[0], fields)
    return Response(twiml(text), media_type=CONTENT_TYPE)


class _Verified:
    """Turns what a parser finds wrong into the answer that the provider should get.

    `check` says what to look at where it was the provider after all.
    """

    def __init__(self, check: str) -> None:
        self._check = check

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Raise the problem for a parser's error."""
        if isinstance(error, InvalidSignature):
            detail = (
                f"The signature is absent or not that of this request; nothing was changed. {self._check}"
            )
            raise Problem(403, "bad-signature", "Not the provider's request", detail) from None
        if isinstance(error, Misconfigured):
            raise Problem(503, "misconfigured", "The webhook is not set up", str(error)) from None
        if isinstance(error, ValueError):
            raise Problem(400, "malformed-report", "Not a report", f"{error}. Nothing was changed.") from None


def _needed(secret: str | None, name: str) -> str:
    if not secret:
        detail = f"{name} is not set, so that nothing can be verified; nothing was changed."
        raise Problem(403, "webhook-off", "This webhook is not set up", detail)
    return secret


def _public(request: Request, services: Services) -> str:
    """The address that Twilio called and signed: ours as configured, with the query as it came."""
    query = request.scope["query_string"].decode("ascii", "replace")
    return f"{services.public_url}{request.url.path}" + (f"?{query}" if query else "")


async def _form(request: Request) -> dict[str, str]:
    raw = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(raw, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise Problem(400, "malformed-report", "Not a form", f"More than {MAX_FIELDS} fields.") from None


async def _record(services: Services, reports: Sequence[DeliveryEvent]) -> None:
    await deliveries.record(services.database, services.plans, reports, services.clock.now())


async def _answer(services: Services, report: DeliveryEvent, fields: Mapping[str, str]) -> str | None:
    """What to answer to STOP, START or HELP; None where nothing, or where Twilio answers itself."""
    if report.intent is None or answered_by_twilio(fields):
        return None
    world = await services.plans.world()
    words = words_for(await _locale(services, report.address), world.catalog.locales)
    name = {"stop": "sms_stopped", "start": "sms_started", "help": "sms_help"}[report.intent]
    brand = world.catalog.brand
    return words[name].format(brand=brand.name, legal_sender=brand.legal_sender, site=brand.site)


async def _locale(services: Services, phone: str | None) -> str | None:
    if phone is None:
        return None
    async with services.database.connection() as connection:
        found = await contacts.by_address(connection, [], [phone])
        people = await contacts.read(connection, found.get(("sms", phone), [])[:1])
    return people[0]["locale"] if people else None
