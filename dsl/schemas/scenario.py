"""A scenario file: what stands above the steps."""

from dsl.parser import KEYS, REQUIRED
from dsl.scenario import CLASSES, EXISTING, TRIGGER_IF_PAST, WHILE_ACTIVE
from dsl.schemas import steps
from dsl.schemas.messages import CLASS_WORDS
from dsl.schemas.patterns import pattern
from dsl.schemas.shapes import (
    SHARE,
    SIGNED,
    TIME,
    KnownNames,
    Schema,
    block,
    boolean,
    document,
    duration,
    expression,
    matching,
    named,
    one_form,
    one_or_several,
    reference,
    several,
    text,
    word,
)
from dsl.schemas.types import record
from dsl.trigger_parser import FORMS

EVERY = r"^(day|week on (mon|tue|wed|thu|fri|sat|sun)|month on \d\d?) at \d\d:\d\d$"
ENTRY = r"^(once|always|once per \d+ +(minute|hour|day|week|month|year)s?)$"


def schema(known: KnownNames) -> Schema:
    """The schema of `scenarios/<program>/<name>.yaml`."""
    shapes = {**_about(known), **_who(known), **_ends(known)}
    root = block({key: shapes[key] for key in KEYS}, REQUIRED)
    return document("A Relance scenario", root, {**steps.definitions(known), **record()})


def _about(known: KnownNames) -> dict[str, Schema]:
    return {
        "scenario": named("The scenario's name, unique in the project."),
        "title": text("What people call it."),
        "owner": text("The team that answers for it."),
        "stage": text("The stage of the customer's journey: `onboarding`, `loyalty`, ..."),
        "kpi": text("What it is measured by."),
        "topic": named("Who may be contacted, and what an unsubscribe ends.", known.topics),
        "class": word(CLASS_WORDS, *CLASSES),
        "priority": {
            "type": "integer",
            "minimum": 0,
            "maximum": 100,
            "description": "0 to 100 (50): who gets the last place under a limit.",
        },
        "tags": one_or_several(named(""), "Words that limits and reports know its messages by."),
        "zone": text("A time zone for every time of the file, instead of the person's own: `UTC`."),
    }


def _who(known: KnownNames) -> dict[str, Schema]:
    return {
        "trigger": one_or_several({"anyOf": _triggers(known)}, "What starts it: one, or a list."),
        "audience": expression("Who may enter, with the starting event taken into account."),
        "entry": matching(ENTRY, "How often one person may enter.", "once", "always", "once per 90 days"),
        "key": expression("Entries are counted for each value of this: `event.cart_id`."),
        "while_active": word("What a second start of the same person and key does.", *WHILE_ACTIVE),
        "existing": word(
            "Whether those who are already in the segment enter at first publication.", *EXISTING
        ),
    }


def _ends(known: KnownNames) -> dict[str, Schema]:
    within = duration("Counted within this time of the entry.")
    exits = boolean("`false`: reaching it does not end the run.")
    called = {"as": named("How this end is called.")}
    condition = block({"condition": expression("Ends the run where true."), **called}, ("condition",))
    changes = {verb: steps.assignments("What the event changes.") for verb in ("set", "add")}
    return {
        "goal": {**pattern(known, {"within": within, "exit": exits}), "description": "The conversion."},
        "exit_when": one_or_several(
            {"anyOf": [*pattern(known, called)["anyOf"], condition, expression()]},
            "Events and conditions that end a run at once.",
        ),
        "handlers": several(pattern(known, changes)["anyOf"][1], "Events that change a run under way."),
        "holdout": matching(SHARE, "A share of people who get nothing, to compare with.", "5%"),
        "on_edit": {
            "anyOf": [
                word("", "finish", "restart", "exit"),
                block({"move": word("What those do whose step is gone.", "exit", "finish")}, ("move",)),
            ],
            "description": "What a new version does to people in it.",
        },
        "steps": reference(steps.STEPS),
    }


_ALSO_DUE = {"date": ("at", "if_past"), "at": ("if_past",)}
"""What a form of trigger needs beside its own key."""


def _triggers(known: KnownNames) -> list[Schema]:
    shapes = _trigger_keys(known)
    at = {
        "date": matching(TIME, "At what time, local.", "09:00"),
        "at": matching(r"^\d{4}-\d\d-\d\d \d\d:\d\d$", "Once, then, in each zone.", "2026-12-01 10:00"),
    }
    found = []
    for form, (keys, _) in FORMS.items():
        fields = {key: at[form] if key == "at" else shapes[key] for key in (form, *keys)}
        found.append(one_form(f"{form} trigger", block(fields, (form, *_ALSO_DUE.get(form, ())))))
    return found


def _trigger_keys(known: KnownNames) -> dict[str, Schema]:
    return {
        "event": {**pattern(known), "description": "Each such event of a contact starts it."},
        "where": expression("A condition over the event, or over `before` and `after`."),
        "for_each": expression("One run for each item of a list of the event; needs a `key`."),
        "reaches": expression("An event about an object starts a run for everyone whose history matches."),
        "date": expression("A date of the contact: `contact.birthdate`."),
        "repeat": word("Every year.", "yearly"),
        "offset": matching(SIGNED, "Before or after the date.", "-7 days"),
        "if_past": word("What happens where the time is already past.", *TRIGGER_IF_PAST),
        "every": matching(EVERY, "Everybody in the audience, then.", "day at 09:00", "week on mon at 09:00"),
        "spread": duration("Entries flow evenly over this time."),
        "entered": named("Coming into this segment starts it.", known.segments),
        "left": named("Leaving this segment starts it.", known.segments),
        "checked": matching(r"^day at \d\d:\d\d$", "When the segment is looked at.", "day at 09:00"),
        "existing": word("Whether those who are already in it enter at first publication.", *EXISTING),
        "changed": named("A change of this attribute starts it.", known.attributes, r"^contact\.\w+$"),
        "include_imports": boolean("Changes by imports count too."),
        "api": block({"input": reference("record")}, (), "Another system starts it, with these inputs."),
    }
