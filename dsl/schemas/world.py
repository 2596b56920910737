"""The files that hold for all scenarios: catalog, policy, segments."""

from dsl import catalog_parser, event_parser, policy_parser
from dsl.catalog import MEDIA
from dsl.scenario import CLASSES
from dsl.schemas.messages import CLASS_WORDS, hours, on_cap
from dsl.schemas.shapes import (
    EVENT,
    KnownNames,
    Schema,
    block,
    boolean,
    document,
    duration,
    expression,
    named,
    names_to,
    reference,
    several,
    text,
    word,
)
from dsl.schemas.types import described_keys, record

TRACKING = ("with_consent", "never")
DELIVERY = ("at_most_once", "at_least_once")


def catalog(known: KnownNames) -> Schema:
    """The schema of `catalog.yaml`."""
    shapes = {**_data(), **_outside(known)}
    root = block({key: shapes[key] for key in catalog_parser.KEYS}, ("brand", "locales"))
    return document("The catalog of a Relance project", root, record())


def _data() -> dict[str, Schema]:
    about = {
        "personal": boolean("Says something about a person: needs a purpose, and is erased with them."),
        "source": text("Where it comes from, for the register of processing."),
        "purpose": text("What it may be used for."),
        "keep": duration("How long it is kept."),
        "fresh_for": duration("How long it is taken for true; older values are flagged."),
    }
    given = block({**described_keys(), **about})
    computed = block({**described_keys(), **about, "is": expression("How it is computed.")}, ("is",))
    event = {
        "type": ["object", "null"],
        "properties": {
            "about": text("The property that names the object: such an event has no contact."),
            "_purpose": text("What the event may be used for."),
            "_medium": named("Through what it came, or the property (a choice) that says it.", MEDIA),
            "_direction": word(
                "The person turned to the brand (`in`, the default), the brand to them, or neither.",
                *event_parser.WORDS,
            ),
            "_where": text("The property that says where it happened."),
            "_outcome": text("The property that says what came of it."),
        },
        "additionalProperties": reference("type"),
    }
    return {
        "contact": names_to({"anyOf": [reference("type"), given]}, "What is known of a person."),
        "computed": names_to(computed, "Attributes derived from the others and from history."),
        "events": names_to(event, "What happens, `object.verb`, with its properties.", EVENT),
    }


def _outside(known: KnownNames) -> dict[str, Schema]:
    returns = {"allOf": [reference("record")], "description": "What it answers."}
    webhook = {
        "url_env": text("The environment variable that holds its address."),
        "method": word("How it is called.", "POST", "PUT", "GET"),
        "timeout": duration("How long an answer is waited for."),
        "returns": returns,
    }
    file = text("A CSV file of unique codes.")
    return {
        "brand": _brand(),
        "locales": several(text(), "Languages of the messages; the first is the fallback.", least=1),
        "topics": names_to(_topic(known), "What a person agrees to and unsubscribes from."),
        "senders": names_to(_sender(), "From whom each channel writes."),
        "webhooks": names_to(block(webhook, ("url_env",)), "Outside services that scenarios may call."),
        "codes": names_to(block({"file": file}, ("file",)), "Pools of unique codes."),
        "texts": names_to(text(), "Versioned texts that people consent to."),
        "merge_on": several(text(), "Attributes whose same value tells that two contacts are one person."),
        "household": text("The attribute whose same value tells that people live together."),
    }


def _brand() -> Schema:
    keys = {
        "name": text("As people know it."),
        "legal_sender": text("Who writes, as the law wants it named in every message."),
        "site": text("The brand's site."),
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "description": "Of amounts without one: `EUR`.",
        },
    }
    return block(keys, keys, "Who writes to people.")


def _topic(known: KnownNames) -> Schema:
    default = word("On what ground people are written to.", "opt_in", "soft_opt_in", "opt_out")
    in_words = "As people read it on the pages of their choices: a text, or one for each locale."
    keys = {
        "title": {"anyOf": [text(), names_to(text(), "By locale.", ".+")], "description": in_words},
        "class": word(CLASS_WORDS, *CLASSES),
        "channels": several(named("", known.channels), "Where it is sent; all channels where left out."),
        "default": default,
        "sale": named("The event that is a sale, on which a soft opt-in rests.", known.events, EVENT),
    }
    return block(keys, ("title", "class"))


def _sender() -> Schema:
    return block(
        {
            "address": text("The address that messages come from."),
            "from": text("The sender's name or number of an SMS."),
            "name": text("The name beside the address."),
            "reply_to": text("Where answers go."),
            "stop_number": text("The number to which STOP is sent."),
        }
    )


def policy(known: KnownNames) -> Schema:
    """The schema of `policy.yaml`."""
    tracking = {key: word(f"Whether {key} are tracked.", *TRACKING) for key in ("opens", "clicks")}
    kept = {key: duration(f"How long {key} are kept.") for key in policy_parser.RETENTION}
    delivery: dict[str, Schema] = {
        key: word(f"How {key} messages are sent when a crash hides the outcome.", *DELIVERY)
        for key in CLASSES
    }
    utm = {key: text(f"utm_{key} of links.") for key in ("source", "medium", "campaign", "content", "term")}
    by_country = names_to(text(), "The zone of each country.", ".+")
    shapes = {
        "time_zone": block(
            {"default": text("Where no other is known."), "by_country": by_country}, (), "Zones."
        ),
        "hours": names_to(hours(), "When each channel may reach a person."),
        "pressure": _pressure(known),
        "expires": duration("No message leaves later than this after its step was reached."),
        "late_events": duration("An older event enters history and starts nothing."),
        "tracking": block(tracking, (), "What is tracked."),
        "retention": block(kept, (), "How long data is kept."),
        "delivery": block(delivery, (), "Sent at most once, or at least once."),
        "utm": block(utm, (), "What links to the site carry."),
        "prices": block({"sms": _price()}, (), "What one part of a message costs."),
        "leap_birthday": word("When 29 February falls in other years.", "02-28", "03-01"),
    }
    return document(
        "The policy of a Relance project", block({key: shapes[key] for key in policy_parser.KEYS})
    )


def _price() -> Schema:
    shape = {"type": "string", "pattern": r"^\d{1,6}(\.\d{1,6})? +[A-Z]{3}$"}
    return shape | {"description": "A price like `0.055 EUR`, for 160 letters of GSM-7 or 70 others."}


def _pressure(known: KnownNames) -> Schema:
    limit = {
        "at_most": {"type": "integer", "minimum": 0, "description": "So many messages."},
        "per": duration("In so many days."),
        "channel": named("Of this channel.", known.channels),
        "tag": named("With this tag."),
        "of": word("Of the person alone, or of everybody in the household.", "person", "household"),
        "when": expression("Asked for these messages only; unknown applies."),
    }
    exempt = {"type": "string", "pattern": r"^(marketing|service|transactional|tag +[a-z][a-z0-9_]*)$"}
    return block(
        {
            "day": word("Calendar days of the person, or spans of 24 hours.", "calendar", "rolling"),
            "limits": several(block(limit, ("at_most", "per")), "How many messages one person may get."),
            "exempt": several(exempt, "Neither counted nor refused: classes, and `tag x`."),
            "on_cap": on_cap(),
        },
        (),
        "How much one person may hear from us.",
    )


def segments() -> Schema:
    """The schema of `segments.yaml`."""
    shape = block({"title": text("What people call it."), "is": expression("Who is in it.")}, ("is",))
    return document("The segments of a Relance project", names_to(shape, "Named conditions over people."))
