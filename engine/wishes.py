"""What people ask of us themselves in the preference centre: a pause, or fewer messages.

Both are attributes of the person, so that they are dated, told by `why`, replayed and simulated as others.
They hold for marketing alone: what concerns an order or an account is no prospecting (CPCE L34-5).
"""

from datetime import datetime
from decimal import Decimal

from dsl.catalog import MessageClass
from dsl.frozen import dataclass
from dsl.policy import Limit
from engine import words
from engine.consent import Refusal
from engine.state import Facts

PAUSE = "paused_until"
"""The attribute that holds the instant until which nothing leaves."""

SPACING = "days_per_message"
"""The attribute that holds in how many days one message is enough."""

LONGEST_DAYS = 366


@dataclass(frozen=True)
class OwnLimit(Limit):
    """A limit that the person asked for."""

    @property
    def text(self) -> str:
        """The limit in words, as refusals name it."""
        return f"{super().text}, as the person asked"


def asked_to_wait(facts: Facts, message_class: MessageClass, now: datetime) -> Refusal | None:
    """Why a message may not leave, where the person asked for a pause that is not over."""
    until = facts.attributes.get(PAUSE)
    if message_class != "marketing" or not isinstance(until, datetime) or until <= now:
        return None
    text = f"the person asked for a pause until {words.at(until, facts.zone)}"
    return Refusal("consent", text, {"rule": "pause", "until": until.isoformat()})


def own_limits(facts: Facts, message_class: MessageClass) -> tuple[Limit, ...]:
    """The limits that the person asked for: of all messages that count, asked of marketing alone."""
    days = spacing(facts.attributes.get(SPACING))
    return (OwnLimit(1, days),) if days and message_class == "marketing" else ()


def spacing(value: object) -> int | None:
    """In how many days one message is enough; None where nothing, or nothing sensible, was asked."""
    return int(value) if isinstance(value, Decimal | int | float) and 1 <= value <= LONGEST_DAYS else None
