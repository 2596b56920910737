"""What SendGrid's answers mean, as data (docs: API reference, Mail Send, Errors and Limitations)."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from channels.error_table import Rule, fault, rule_for_status
from channels.errors import ChannelError
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
_LONGEST_WAIT_SECONDS = 3600.0


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
    return fault(rule, provider=PROVIDER, code=code, after_seconds=_seconds_to_reset(response, clock))


def _field(response: httpx.Response) -> str | None:
    try:
        field = json.loads(response.content)["errors"][0]["field"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    return field if isinstance(field, str) and _FIELD_NAME.fullmatch(field) else None


def _seconds_to_reset(response: httpx.Response, clock: Callable[[], datetime]) -> float | None:
    """Until `X-RateLimit-Reset` (epoch seconds), by SendGrid's own clock where it tells the time.

    None where the header is absent, as it may be on this route.
    """
    if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return None
    try:
        reset = float(response.headers["X-RateLimit-Reset"])
    except (KeyError, ValueError):
        return None
    seconds = reset - _time_of(response, clock).timestamp()
    return min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS)


def _time_of(response: httpx.Response, clock: Callable[[], datetime]) -> datetime:
    try:
        return parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return clock()
