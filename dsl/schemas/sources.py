"""The files of `sources/`: how another system signs its requests, and what their items become."""

from dsl.inbound import parser, values
from dsl.schemas.shapes import (
    EVENT,
    KnownNames,
    Schema,
    block,
    document,
    duration,
    matching,
    named,
    names_to,
    one_form,
    one_or_several,
    reference,
    several,
    text,
    word,
)

ANY = ".+"


def source(known: KnownNames) -> Schema:
    """The schema of `sources/NAME.yaml`."""
    zone = text("The time zone of instants that have no offset, like Europe/Paris.")
    mappings = names_to(_mapping(known), "What items become, by name; the first that fits takes an item.")
    shapes: dict[str, Schema] = {
        "title": text("What people call the other system."),
        "signed": _signed(),
        "items": _path(
            "Where in a request the list of items is; without it the body is one item, or a list."
        ),
        "zone": zone,
        "mappings": mappings,
    }
    root = block({key: shapes[key] for key in parser.KEYS}, ("signed", "mappings"))
    return document("A source of a Relance project", root, {"value": _any_value()})


def _signed() -> Schema:
    shapes: dict[str, Schema] = {
        "header": text("The header in which the signature stands."),
        "secret_env": matching(
            r"^[A-Z][A-Z0-9_]*$",
            "The variable of the environment that holds the secret, never the secret.",
            "SHOP_WEBHOOK_SECRET",
        ),
        "encoding": word("How the signature is written; default: hex.", *parser.ENCODINGS),
        "prefix": text("What stands before the signature in its header, like `sha256=`."),
        "signs": text("What is signed: `{body}`, with a timestamp `{timestamp}.{body}`."),
        "timestamp": block(
            {
                "header": text("The header that says when the request was signed."),
                "within": duration("How old a request may be."),
            },
            parser.TIMESTAMP_KEYS,
            "Keeps out what was recorded and is sent again later.",
        ),
    }
    keys = {key: shapes[key] for key in parser.SIGNED_KEYS}
    return block(keys, ("header", "secret_env"), "How requests are signed: HMAC-SHA-256.")


def _mapping(known: KnownNames) -> Schema:
    ids = "What makes an item count once: a path, or a list of them."
    shapes: dict[str, Schema] = {
        "when": names_to(one_or_several(text(), ""), "Paths, and the text that must stand there.", ANY),
        "id": one_or_several(reference("value"), ids),
        "at": _value("When it happened; default: now."),
        "contact": _contact(),
        "event": named("An event of the catalog.", known.events, EVENT),
        "with": names_to(reference("value"), "The properties of the event."),
        "attributes": names_to(reference("value"), "What it tells of the person."),
        "identities": names_to(reference("value"), "Ids that other systems have for the person, by kind."),
        "consents": several(_consent(known), "What it tells of topics and channels."),
    }
    return block({key: shapes[key] for key in parser.MAPPING_KEYS}, ("id",))


def _contact() -> Schema:
    shapes: dict[str, Schema] = {
        "id": _value(
            "The id that the person has with us; where nobody has it, somebody new comes into being."
        ),
        "email": _value("Whoever has this email."),
        "phone": _value("Whoever has this phone number."),
        "identity": names_to(reference("value"), "Whoever has this id in another system, by kind."),
    }
    keys: dict[str, Schema] = {key: shapes[key] for key in parser.CONTACT_KEYS}
    return block(keys, (), "Ways to the person, tried in the order in which they are written.")


def _consent(known: KnownNames) -> Schema:
    shapes: dict[str, Schema] = {
        "topic": named("A topic of the catalog, or `tracking`.", known.topics),
        "channel": named(
            "A channel; of `tracking`: `opens` or `clicks`.", (*known.channels, "opens", "clicks")
        ),
        "state": _value("Becomes `granted` or `withdrawn`."),
        "basis": word("On what ground; default: consent.", *parser.BASES),
        "at": _value("When it was given."),
        "text": named("The version of the text that was agreed to.", known.texts, ANY),
    }
    keys = {key: shapes[key] for key in parser.CONSENT_KEYS}
    return block(keys, ("topic", "channel", "state"))


def _any_value() -> Schema:
    """Plain is a path and quoted is text, which a schema cannot tell apart; or a block."""
    plain = text("A path, like `customer.id`; in quotes: the text itself.")
    at_path: dict[str, Schema] = {
        "path": _path("Where it stands."),
        "values": names_to(text(), "What each text becomes.", ANY),
        "otherwise": {"type": ["string", "number", "boolean", "null"], "description": _OTHERWISE},
        "prefix": text("A text before it."),
        "as": word("An instant in seconds or milliseconds since 1970.", *values.EPOCHS),
    }
    listed: dict[str, Schema] = {
        "list": _path("Where the list stands."),
        "each": names_to(reference("value"), "What each element becomes; paths begin at the element."),
    }
    forms = [
        one_form("what stands at a path", block({key: at_path[key] for key in values.PATH_KEYS}, ("path",))),
        one_form(
            "a list of records", block({key: listed[key] for key in values.LIST_KEYS}, values.LIST_KEYS)
        ),
    ]
    return {"anyOf": [plain, *forms]}


_OTHERWISE = "For what `values` do not have; null leaves it out. Without it such an item is refused."


def _value(description: str) -> Schema:
    return {"allOf": [reference("value")], "description": description}


def _path(description: str) -> Schema:
    return matching(f"^{values.PATH.pattern}$", description, "customer.id")
