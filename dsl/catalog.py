"""What scenarios may speak of, as data: attributes, events, topics, senders, webhooks, codes.

Read from `catalog.yaml` by `catalog_parser`; stored with what is published; needs no YAML.
"""

from dataclasses import field
from decimal import Decimal
from typing import Literal, TypeAlias

from dsl import types
from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.types import ChoiceOf, ListOf, Number, Record, Type

MessageClass: TypeAlias = Literal["marketing", "service", "transactional"]
Direction: TypeAlias = Literal["in", "out"]
DIRECTIONS: tuple[Direction, ...] = ("in", "out")
"""A person turned to the brand, or the brand to the person."""

MEDIA = ("web", "app", "store", "phone", "post", "email", "sms", "push", "chat", "social")
"""Through what people and a brand meet. Other words come from the events themselves."""


@dataclass(frozen=True)
class Brand:
    """Who writes to people: shown in every message, and required by law (LCEN, art. 20)."""

    name: str
    legal_sender: str
    site: str
    currency: str


@dataclass(frozen=True)
class Attribute:
    """A contact attribute; `computed` (resolved, over the contact) where it is derived and not given."""

    name: str
    type: Type
    personal: bool = False
    source: str | None = None
    purpose: str | None = None
    keep_days: int | None = None
    fresh_days: int | None = None
    """For how long a value is taken for true; then it is kept, and flagged."""
    computed: Expression | None = None


@dataclass(frozen=True)
class Interaction:
    """How an event stands in the timeline of a person: through which medium, and who turned to whom.

    `medium_of`, `place` and `outcome` name properties: a choice that says the medium, where, what came of it.
    `direction` None: of neither, like a change of a profile.
    """

    medium: str | None = None
    medium_of: str | None = None
    direction: Direction | None = "in"
    place: str | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class EventType:
    """A declared or built-in event.

    `about` names the property that identifies the object of an event that has no contact.
    """

    name: str
    properties: Record
    about: str | None = None
    purpose: str | None = None
    built_in: bool = False
    interaction: Interaction = Interaction()


@dataclass(frozen=True)
class Topic:
    """What a person agrees to and unsubscribes from."""

    name: str
    title: str
    message_class: MessageClass
    channels: tuple[str, ...] = ()
    """Empty: every channel."""
    default: Literal["opt_in", "soft_opt_in", "opt_out"] = "opt_in"
    sale: str | None = None
    """The event that is a sale, on which a soft opt-in to this topic may rest."""
    titles: dict[str, str] = field(default_factory=dict)
    """The title by locale, where it has several; `title` is the one of the fallback."""

    def title_in(self, locale: str | None) -> str:
        """The title as people of a locale read it: its own, that of its language, or else the fallback's."""
        wanted = (locale or "").replace("_", "-")
        return self.titles.get(wanted) or self.titles.get(wanted.partition("-")[0]) or self.title


@dataclass(frozen=True)
class Sender:
    """From whom a channel writes. Email: address, name, reply_to. SMS: address (sender id), stop_number."""

    channel: str
    address: str
    name: str | None = None
    reply_to: str | None = None
    stop_number: str | None = None


@dataclass(frozen=True)
class Webhook:
    """An outgoing call that scenarios may make. `url_env` names the environment variable with the address."""

    name: str
    url_env: str
    method: str = "POST"
    timeout_seconds: int = 5
    returns: Record = Record(())


@dataclass(frozen=True)
class CodePool:
    """A pool of unique codes, read from a CSV file."""

    name: str
    file: str


@dataclass(frozen=True)
class Catalog:
    """The whole vocabulary of a brand's scenarios, built-ins included."""

    brand: Brand
    locales: tuple[str, ...]
    attributes: dict[str, Attribute]
    events: dict[str, EventType]
    topics: dict[str, Topic]
    senders: dict[str, Sender]
    webhooks: dict[str, Webhook]
    codes: dict[str, CodePool]
    texts: dict[str, str]
    merge_on: tuple[str, ...] = ()
    """Attributes of which the same value tells that two contacts are one person, the surest first."""
    household: str | None = None
    """The attribute of which the same value tells that people live together."""


BUILT_IN_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("id", types.TEXT),
    Attribute("locale", types.TEXT),
    Attribute("timezone", types.TEXT),
    Attribute("created_at", types.INSTANT),
    Attribute("is_professional", types.BOOLEAN),
    # What people ask for in the preference centre.
    Attribute("paused_until", types.INSTANT),
    Attribute("days_per_message", Number(Decimal(1), Decimal(366))),
)

MESSAGE_EVENTS: tuple[str, ...] = (
    "message.sent",
    "message.delivered",
    "message.opened",
    "message.clicked",
    "message.replied",
    "message.bounced",
    "message.complained",
)

OURS = frozenset({"message.sent", "message.delivered", "message.bounced"})
"""Events of messages that tell of what we sent, and not of what its reader did."""

TRACKED_EVENTS: dict[str, Literal["opens", "clicks"]] = {
    "message.opened": "opens",
    "message.clicked": "clicks",
}
"""Events that only exist for people who may be tracked: history over them is unknown for the others."""

NEITHER = Interaction(direction=None)
VISIT = Interaction(direction="out", place="team", outcome="outcome")

Told: TypeAlias = dict[str, tuple[dict[str, Type], Interaction]]
"""By name of an event: its properties, and how it stands in a timeline."""


def built_in_events(
    scenarios: tuple[str, ...],
    topics: tuple[str, ...],
    channels: tuple[str, ...],
    attributes: tuple[str, ...],
) -> tuple[EventType, ...]:
    """The events that every project has, with choices made of the project's own names."""
    text, scenario = types.TEXT, ChoiceOf(scenarios)
    change: dict[str, Type] = {
        "attribute": ChoiceOf(attributes),
        "before": text,
        "after": text,
        "source": text,
    }
    consent: dict[str, Type] = {"topic": ChoiceOf(topics), "channel": ChoiceOf(channels), "source": text}
    task: dict[str, Type] = {"task": text, "team": text, "outcome": text, "scenario": scenario, "step": text}
    told: Told = {
        "contact.created": ({"source": text}, NEITHER),
        "contact.changed": (change, NEITHER),
        **{f"consent.{verb}": (consent, Interaction()) for verb in ("granted", "withdrawn", "confirmed")},
        **_of_messages(scenario, ChoiceOf(topics), ChoiceOf(channels)),
        "task.done": (task, VISIT),
    }
    return tuple(
        EventType(name, Record(tuple(properties.items())), built_in=True, interaction=interaction)
        for name, (properties, interaction) in told.items()
    )


def _of_messages(scenario: Type, topic: Type, channel: Type) -> Told:
    """What becomes of messages: it goes through their channel, out where we send and in where people act."""
    every = {
        "scenario": scenario,
        "step": types.TEXT,
        "topic": topic,
        "channel": channel,
        "class": ChoiceOf(("marketing", "service", "transactional")),
        "tags": ListOf(types.TEXT),
    }
    more: dict[str, dict[str, Type]] = {
        "message.clicked": {"link": types.TEXT},
        "message.replied": {"text": types.TEXT},
        "message.bounced": {"bounce": ChoiceOf(("hard", "soft"))},
    }
    return {
        name: (
            every | more.get(name, {}),
            Interaction(medium_of="channel", direction="out" if name in OURS else "in"),
        )
        for name in MESSAGE_EVENTS
    }
