"""What Twilio's error codes mean, as data (docs: api/errors; the texts change, the codes do not).

One table for both moments: a code of a refused request, and a code of a status callback about a message that
Twilio had taken. `21408` is one country that the account may not write to, not the account: it stops one
message and not the channel.
"""

import json
from typing import Any

import httpx

from channels.error_table import Rule, fault, rule_for_status
from channels.errors import ChannelError
from channels.retry_after import retry_after
from channels.twilio.wire import PROVIDER

CODES = {
    20003: Rule("misconfigured", "the account or its token is not accepted"),
    20429: Rule("retryable", "too many requests"),
    20500: Rule("retryable", "an error at Twilio"),
    21211: Rule("refused", "the number is not valid", suppress="invalid"),
    21212: Rule("misconfigured", "the sender is not valid"),
    21408: Rule("refused", "the account may not write to that country"),
    21602: Rule("refused", "the text is empty"),
    21603: Rule("misconfigured", "no sender: set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"),
    21604: Rule("refused", "the number is missing", suppress="invalid"),
    21606: Rule("misconfigured", "the sender cannot send SMS, or is not the account's"),
    21609: Rule("misconfigured", "RELANCE_PUBLIC_URL makes no public address for the status callback"),
    21610: Rule("refused", "the person has sent STOP to this sender", suppress="stop"),
    21611: Rule("retryable", "the sender's queue holds more than ten hours", after_seconds=1800),
    21612: Rule("refused", "this sender cannot reach this number"),
    21614: Rule("refused", "the number is no mobile", suppress="invalid"),
    21617: Rule("refused", "the text is longer than 1,600 characters"),
    21635: Rule("refused", "the number is a landline", suppress="invalid"),
    21659: Rule("misconfigured", "the sender is not one that Twilio provides"),
    21660: Rule("misconfigured", "the sender belongs to another account"),
    21703: Rule("misconfigured", "the messaging service has no sender"),
    21704: Rule("misconfigured", "the messaging service has no sender"),
    21910: Rule("misconfigured", "the sender and the recipient are of two channels"),
    30001: Rule("retryable", "the messaging service's queue is full", after_seconds=1800),
    30002: Rule("misconfigured", "the account is suspended"),
    30003: Rule("retryable", "the handset cannot be reached now", after_seconds=1800),
    30004: Rule("refused", "the carrier or the handset blocks it", suppress="invalid", on_days=3),
    # A phone that is switched off reports it too, so one report says nothing for good.
    30005: Rule("refused", "the handset is unknown or inactive", suppress="invalid", on_days=2),
    30006: Rule("refused", "a landline, or a carrier that cannot be reached", suppress="invalid"),
    30007: Rule("refused", "filtered by Twilio or the carrier: look at the text and the sender"),
    30008: Rule("retryable", "an error that Twilio cannot name", after_seconds=1800),
    30017: Rule("retryable", "the carrier is congested", after_seconds=1800),
    30034: Rule("misconfigured", "the United States number is not registered for A2P 10DLC"),
    30036: Rule("refused", "the message waited longer than its validity"),
    30042: Rule("misconfigured", "the sender's name is generic or not allowed"),
    30410: Rule("retryable", "the carrier's gateway gave no answer in time", after_seconds=1800),
    30450: Rule("refused", "Twilio takes it for SMS pumping"),
}


def fault_of(response: httpx.Response) -> ChannelError:
    """The error that an answer stands for. Twilio's own sentence is left out: it quotes the number."""
    code = code_of(response)
    rule = CODES.get(code) if code is not None else None
    known = rule or rule_for_status(response.status_code)
    return fault(
        known,
        provider=PROVIDER,
        code=str(response.status_code if code is None else code),
        after_seconds=retry_after(response.headers),
    )


def code_of(response: httpx.Response) -> int | None:
    """Twilio's code in an error body, of the older form or of RFC 9457, or None."""
    body = json_of(response)
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, int) else None


def json_of(response: httpx.Response) -> Any:
    """The JSON of an answer, None for anything else."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None
