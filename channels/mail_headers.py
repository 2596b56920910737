"""What every email provider is given beside From, To and Subject, and what no header may hold."""

import re
from collections.abc import Iterable

from channels.errors import Refused
from channels.messages import Email

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
"""Whatever some server on the way may take for the end of a line, and so for the start of another header."""

_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[^@\s<>,;:\"()\[\]\\]{1,255}")


def own_headers(email: Email) -> dict[str, str]:
    """The message's own headers and those of one-click unsubscribe (RFC 2369, RFC 8058: HTTPS only)."""
    headers = dict(email.headers)
    if email.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
        if email.unsubscribe_url.startswith("https://"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def is_address(text: str) -> bool:
    """Whether a text has the form of an email address, and no line break in it."""
    return _ADDRESS.fullmatch(text) is not None and not _BREAKS.search(text)


def refuse_what_is_no_mail(email: Email, provider: str) -> None:
    """Raise Refused for an address that is none, and for a text that would begin another header.

    Neither can come from a checked contact and a checked template. Asked all the same where the message
    leaves: what a header says is obeyed by every server on the way.
    """
    if not is_address(email.to):
        raise Refused(
            f"{provider}: the address is no email address", provider=provider, code="to", suppress="invalid"
        )
    broken = next((name for name, text in _texts(email) if _BREAKS.search(text)), None)
    if broken is not None:
        raise Refused(f"{provider}: a line break within `{broken}`", provider=provider, code="header")


def _texts(email: Email) -> Iterable[tuple[str, str]]:
    yield "subject", email.subject
    yield "from", f"{email.from_name or ''} {email.from_address}"
    yield "reply_to", email.reply_to or ""
    for name, value in own_headers(email).items():
        yield name, f"{name} {value}"
