"""What an SMTP server's answers mean, as data (RFC 5321, 4.2; enhanced codes: RFC 3463 and its registry).

Two readers ask: sending, about what our own server answers, and the intake of bounces, about what servers
further on said. A policy's refusal (5.7) is told apart: by our own server it is about our account, by
somebody else's about one message.
"""

import re

from aiosmtplib import SMTPResponseException

from channels.error_table import Rule, fault
from channels.errors import ChannelError, Misconfigured, Refused
from channels.smtp.wire import PROVIDER

_DEAD = Rule("refused", "there is no such mailbox", suppress="hard_bounce")
_ENHANCED = {
    "5.1.0": Rule("refused", "the address is not accepted"),
    "5.1.1": _DEAD,
    "5.1.2": Rule("refused", "there is no such domain", suppress="hard_bounce"),
    "5.1.3": Rule("refused", "the address is not valid", suppress="invalid"),
    "5.1.6": Rule("refused", "the mailbox has moved", suppress="hard_bounce"),
    "5.1.7": Rule("misconfigured", "the sender's address is not valid"),
    "5.1.8": Rule("misconfigured", "the sender's domain is not accepted"),
    "5.1.10": Rule("refused", "the domain takes no mail", suppress="hard_bounce"),
    "5.2.1": Rule("refused", "the mailbox is closed", suppress="hard_bounce"),
    "5.2.2": Rule("refused", "the mailbox is full"),
    "5.2.3": Rule("refused", "the message is too large for the mailbox"),
    "5.3.4": Rule("refused", "the message is too large"),
}
_SUBJECTS = {
    "5.7": Rule("misconfigured", "the server's policy: look at the account, the sender, SPF, DKIM and DMARC"),
    "4.7": Rule("retryable", "the server wants fewer messages for now", after_seconds=300),
}
_BASIC = {
    421: Rule("retryable", "the server closes the connection"),
    530: Rule("misconfigured", "the server wants a login, or TLS"),
    534: Rule("misconfigured", "the way of logging in is too weak for the server"),
    535: Rule("misconfigured", "the user or the password is not accepted"),
    538: Rule("misconfigured", "the server wants TLS before the login"),
    552: Rule("refused", "the message is too large"),
}
_TOO_LARGE = 552
_REFUSED = Rule("refused", "the server does not take the message")
_LATER = Rule("retryable", "the server cannot take it now")
_STRANGE = Rule("misconfigured", "not what an SMTP server answers; is the host right?")
_CODE = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


def rule_of(status: int, text: str) -> tuple[Rule, str]:
    """What an answer means, and its code as people look it up: `550 5.1.1`."""
    enhanced = enhanced_code(text)
    code = f"{status} {enhanced}" if enhanced else str(status)
    subject = enhanced.rpartition(".")[0] if enhanced else ""
    known = _ENHANCED.get(enhanced or "") or _BASIC.get(status) or _SUBJECTS.get(subject)
    return known or _by_class(status), code


def fault_of(status: int, text: str) -> ChannelError:
    """The error that an answer stands for. The server's own sentence is left out: it quotes the address."""
    rule, code = rule_of(status, text)
    return fault(rule, provider=PROVIDER, code=code)


def fault_before_anybody(error: SMTPResponseException) -> ChannelError:
    """The same for an answer that came before a recipient was named, and so holds for every message.

    To the greeting, EHLO, STARTTLS, the login, the sender: what would refuse one message refuses all. Only a
    message that is too large is refused alone.
    """
    found = fault_of(error.code, error.message)
    if not isinstance(found, Refused) or error.code == _TOO_LARGE:
        return found
    return Misconfigured(
        f"smtp answered {found.code} before it heard of anybody: look at the account and the sender",
        provider=PROVIDER,
        code=found.code,
    )


def enhanced_code(text: str) -> str | None:
    """The enhanced status code at the head of an answer (RFC 2034), or None."""
    found = _CODE.match(text)
    return found[1] if found else None


def kills_the_address(enhanced: str) -> bool:
    """Whether a code of a bounce says that the address will never take mail."""
    rule = _ENHANCED.get(enhanced)
    return rule is not None and rule.suppress is not None


def _by_class(status: int) -> Rule:
    if 400 <= status < 500:  # noqa: PLR2004 - the classes of RFC 5321, 4.2.1
        return _LATER
    return _REFUSED if 500 <= status < 600 else _STRANGE  # noqa: PLR2004 - the same
