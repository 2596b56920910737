"""What stands at a message step, and what all steps have."""

from dsl.message_parser import MESSAGE_KEYS
from dsl.scenario import CLASSES
from dsl.schemas.shapes import (
    DAYS,
    HOURS,
    ON_CAP,
    KnownNames,
    Schema,
    block,
    duration,
    expression,
    matching,
    named,
    names_to,
    one_or_several,
    text,
    word,
)
from dsl.step_reader import COMMON

CLASS_WORDS = (
    "marketing needs consent and counts under the limits; service needs no consent and can be objected to; "
    "transactional concerns the person's own order or account."
)


def common() -> dict[str, Schema]:
    """The keys that every step may have."""
    shapes = {
        "id": named("The step's name, needed where something refers to it: `clicked(hello)`."),
        "title": text("What people call the step: in diagrams, descriptions and reports."),
        "only_if": expression("The step is skipped where this is not true."),
    }
    return {key: shapes[key] for key in COMMON}


def with_() -> Schema:
    """The lines of `with`."""
    values = "A plain value is an expression, a quoted one is text. `take(POOL)` gives a personal code."
    return names_to(expression(values), "What the message or event is filled in with.")


def hours() -> Schema:
    """`hours` of a policy or a message."""
    allow = matching(HOURS, "From when until when, local; the end may be 24:00.", "10:00-20:00")
    days = one_or_several(matching(DAYS, "", "mon-fri"), "Days of the week: `mon-sat`, or a list.")
    skip = word("Whether public holidays are skipped.", "skip", "allow")
    return block(
        {"allow": allow, "days": days, "holidays": skip}, (), "When a message may leave, in local time."
    )


def on_cap() -> Schema:
    """What is done where the limits leave no room."""
    words = "Where the limits leave no room: wait for a place, give up, try the next of the list, or leave."
    return matching(ON_CAP, words, "delay up to 3 days", "drop", "next", "exit")


def options(known: KnownNames) -> dict[str, Schema]:
    """The keys that go with a message."""
    shapes = {
        "with": with_(),
        "topic": named(
            "What the message is about, for consent; the scenario's where left out.", known.topics
        ),
        "class": word(CLASS_WORDS, *CLASSES),
        "tags": one_or_several(named(""), "Words that limits and reports know the message by."),
        "hours": hours() | {"description": "May only narrow the hours of the policy."},
        "on_cap": on_cap(),
        "expires": duration("Not sent later than this after the step was reached."),
        "sender": named("Which sender of the catalog writes."),
    }
    return {key: shapes[key] for key in MESSAGE_KEYS}


def message(known: KnownNames, channel: str) -> dict[str, Schema]:
    """The verb of a channel with its options."""
    words = f"Send this {channel} message: a folder of templates/."
    return {channel: named(words, known.messages), **options(known)}
