"""Whether a request is of the system that it says it is of: an HMAC over the bytes as they came."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from dsl.inbound.model import BODY, TIMESTAMP, Signing


class Forged(ValueError):
    """A signature that is absent, wrong or too old. The message says which, and never what was expected."""


class NoSecret(LookupError):
    """The variable of the environment that holds the secret is not set; the message names it."""


def verify(
    signing: Signing, body: bytes, headers: Mapping[str, str], environment: Mapping[str, str], now: datetime
) -> None:
    """Compare signatures in constant time. Raises Forged and NoSecret.

    The variable may hold several secrets, comma-separated, so that one follows another without a
    request lost. `headers` are asked without regard to case.
    """
    secrets = [each for part in environment.get(signing.secret_env, "").split(",") if (each := part.strip())]
    if not secrets:
        raise NoSecret(f"{signing.secret_env} is not set, so that nothing can be verified")
    said = headers.get(signing.header, "").strip()
    if not said:
        raise Forged(f"there is no header {signing.header}")
    stamp = _fresh(signing, headers, now)
    before, _, after = signing.signs.replace(TIMESTAMP, stamp).partition(BODY)
    signed = before.encode() + body + after.encode()
    given = said.removeprefix(signing.prefix)
    claimed = (given.lower() if signing.encoding == "hex" else given).encode()
    if not any(hmac.compare_digest(_signature(signing, secret, signed), claimed) for secret in secrets):
        raise Forged("the signature is not that of this request")


def _signature(signing: Signing, secret: str, signed: bytes) -> bytes:
    digest = hmac.digest(secret.encode(), signed, "sha256")
    return digest.hex().encode() if signing.encoding == "hex" else base64.b64encode(digest)


def _fresh(signing: Signing, headers: Mapping[str, str], now: datetime) -> str:
    """The time on a request as it is written, where one is checked. Raises Forged."""
    if signing.timestamp is None:
        return ""
    text = headers.get(signing.timestamp.header, "").strip()
    at = _instant(text)
    if at is None:
        raise Forged(
            f"the header {signing.timestamp.header} holds no time, in seconds since 1970 or ISO 8601"
        )
    if abs(now - at) > timedelta(seconds=signing.timestamp.within_seconds):
        raise Forged(
            f"it was signed over {signing.timestamp.within_seconds} seconds ago, or is ahead of time"
        )
    return text


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.tzinfo else None
