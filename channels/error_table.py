"""How a row of a provider's error table becomes one of our errors."""

from dataclasses import dataclass
from typing import Literal

from channels.errors import ChannelError, Misconfigured, Refused, Retryable, SuppressReason, UnknownOutcome


@dataclass(frozen=True)
class Rule:
    """What one answer of a provider means. `meaning` is ours: a provider's words may hold an address.

    `on_days`: on how many different days it must be told before it is believed of the address.
    """

    outcome: Literal["retryable", "refused", "unknown", "misconfigured"]
    meaning: str
    suppress: SuppressReason | None = None
    after_seconds: float | None = None
    on_days: int = 1


def fault(rule: Rule, *, provider: str, code: str, after_seconds: float | None = None) -> ChannelError:
    """The error that a rule stands for. `after_seconds`, where the provider told it, overrules the rule's."""
    message = f"{provider} answered {code}: {rule.meaning}"
    match rule.outcome:
        case "retryable":
            after = rule.after_seconds if after_seconds is None else after_seconds
            return Retryable(message, provider=provider, code=code, after_seconds=after)
        case "refused":
            return Refused(
                message, provider=provider, code=code, suppress=rule.suppress if rule.on_days == 1 else None
            )
        case "unknown":
            return UnknownOutcome(message, provider=provider, code=code)
        case "misconfigured":
            return Misconfigured(message, provider=provider, code=code)


def rule_for_status(status: int) -> Rule:
    """What an HTTP status that no table names means, by its class.

    A gateway's 502 or 504 says nothing of what happened behind it, and an unlisted 5xx no more.
    """
    if status < 400:  # noqa: PLR2004 - the classes of RFC 9110
        return Rule("misconfigured", "not what the provider answers; is the base URL right?")
    return _STATUS.get(status) or (_REFUSED if status < 500 else _UNKNOWN)  # noqa: PLR2004 - RFC 9110


_REFUSED = Rule("refused", "the request is not accepted")
_UNKNOWN = Rule("unknown", "an error after which the message may or may not have left")
_STATUS = {
    401: Rule("misconfigured", "the credentials are not accepted"),
    403: Rule("misconfigured", "the account may not do this"),
    404: Rule("misconfigured", "no such account or route; is the base URL right?"),
    405: Rule("misconfigured", "no such route; is the base URL right?"),
    407: Rule("misconfigured", "the proxy wants credentials"),
    408: Rule("retryable", "the request arrived too slowly"),
    413: Rule("refused", "the message is too large"),
    429: Rule("retryable", "too many requests"),
    500: Rule("retryable", "an error at the provider"),
    503: Rule("retryable", "the provider is not available"),
}
