"""What SendGrid's answers mean, as data (docs: API reference, Mail Send, Errors and Limitations)."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import httpx

from channels.error_table import Rule, fault, rule_for_status
from channels.errors import ChannelError
from channels.retry_after import bounded, clock_of, retry_after
from channels.sendgrid.wire import PROVIDER

_STATUS = {
    400: Rule("refused", "the message is not valid"),
    401: Rule("misconfigured", "the API key is not accepted, or the plan's credits are used up"),
    403: Rule("misconfigured", "the API key may not send, or the from address is no verified sender"),
    413: Rule("refused", "the message is larger than 30 MB"),
}

# A 400 names the field at fault. A bad sender is ours to repair; a bad recipient is that person's address.
_FIELD = (
    (re.compile(r"(from|reply_to)(\.|$)"), Rule("misconfigured", "the sender is not valid")),
    (
        re.compile(r"personalizations\.\d+\.to\.\d+\.email$"),
        Rule("refused", "the address is not valid", suppress="invalid"),
    ),
)
_FIELD_NAME = re.compile(r"[A-Za-z0-9_.\-\[\]]{1,100}")


def fault_of(response: httpx.Response, clock: Callable[[], datetime]) -> ChannelError:
    """The error that an answer other than 202 stands for.

    Carries the status and the name of the field at fault, never SendGrid's sentence, which may quote an
    address.
    """
    field = _field(response)
    rule = next((rule for pattern, rule in _FIELD if field and pattern.match(field)), None)
    if response.status_code != httpx.codes.BAD_REQUEST or rule is None:
        rule = _STATUS.get(response.status_code) or rule_for_status(response.status_code)
    code = f"{response.status_code} {field}" if field else str(response.status_code)
    return fault(rule, provider=PROVIDER, code=code, after_seconds=_wait(response, clock))


def _field(response: httpx.Response) -> str | None:
    try:
        field = json.loads(response.content)["errors"][0]["field"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    return field if isinstance(field, str) and _FIELD_NAME.fullmatch(field) else None


def _wait(response: httpx.Response, clock: Callable[[], datetime]) -> float | None:
    """Until `X-RateLimit-Reset` (epoch seconds) where too much was asked, else as `Retry-After` says.

    None where neither is there, as it may be on this route.
    """
    now = clock_of(response.headers) or clock()
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        with suppress(KeyError, ValueError):
            return bounded(float(response.headers["X-RateLimit-Reset"]) - now.timestamp())
    return retry_after(response.headers, now)
