"""The steps of a scenario: one shape for each verb that the parser knows."""

from dsl.schemas.messages import common, message, options, with_
from dsl.schemas.patterns import pattern
from dsl.schemas.shapes import (
    EVENT,
    SHARE,
    KnownNames,
    Schema,
    block,
    boolean,
    duration,
    expression,
    matching,
    named,
    names_to,
    one_form,
    reference,
    several,
    text,
    word,
)
from dsl.step_parser import VERBS

MOMENT = r"^(until .+|\d+ +(second|minute|hour|day|week|month|year)s?( +at +\d\d?:\d\d)?)$"
STEPS = "steps"


def definitions(known: KnownNames) -> dict[str, Schema]:
    """`step`, and `steps` which is a list of them."""
    shapes = [
        one_form(
            f"{channel} step",
            block({**message(known, channel), **common()}, (channel,), f"Send by {channel}."),
        )
        for channel in known.channels
    ]
    verbs = _verbs(known)
    for verb, (keys, _) in VERBS.items():
        said = {key: verbs[verb][key] for key in (verb, *keys)}
        shapes.append(one_form(f"{verb} step", block({**said, **common()}, (verb,))))
    step = {"title": "step", "type": "object", "anyOf": shapes}
    return {"step": step, STEPS: several(reference("step"), "Done in order.")}


def _verbs(known: KnownNames) -> dict[str, dict[str, Schema]]:
    """Each verb with the keys that go with it."""
    return {
        "first_of": _first_of(known),
        "wait": _wait(),
        "wait_for": _wait_for(known),
        "if": {
            "if": expression("Asks once; what is not known is no."),
            "then": _steps("Where it is true."),
            "else": _steps("Where it is not."),
        },
        "choose": {"choose": _choose()},
        "split": _split(),
        "set": {"set": assignments("Give an attribute or a variable a value; `unknown` clears it.")},
        "add": {"add": assignments("Add to an attribute or a variable; unknown counts from 0.")},
        "grant": {"grant": _grant(known)},
        "suppress": {"suppress": _suppress(known)},
        "emit": {"emit": named("Raise this event.", known.events, EVENT), "with": with_()},
        "call": _call(known),
        "task": {
            "task": text("Something for people to do."),
            "team": text("Who does it."),
            "due": duration("Within what time."),
        },
        "repeat": {"repeat": _repeat(), "steps": _steps("Done each time.")},
        "exit": {"exit": named("Leave the scenario, for this reason.")},
    }


def _steps(description: str) -> Schema:
    return {"allOf": [reference(STEPS)], **({"description": description} if description else {})}


def _first_of(known: KnownNames) -> dict[str, Schema]:
    messages = [
        one_form(f"{channel} message", block(message(known, channel), (channel,)))
        for channel in known.channels
    ]
    words = "The first whose channel can reach the person."
    return {**options(known), "first_of": several({"anyOf": messages}, words, least=1)}


def _wait() -> dict[str, Schema]:
    return {
        "wait": matching(MOMENT, "For a time, or until an instant.", "3 days at 10:00", "until 18:00"),
        "if_past": word("What happens where the instant is already past.", "now", "skip", "exit"),
        "steps": _steps("Skipped where the instant is already past."),
    }


def _wait_for(known: KnownNames) -> dict[str, Schema]:
    branch = pattern(
        known, {"id": named("Holds the event inside `then`."), "then": _steps("Where it came first.")}
    )
    any_ = block({"any": several(branch, "The first of these.", least=1)}, ("any",))
    reply = block({"reply": named("A reply to this message step.")}, ("reply",))
    condition = block({"condition": expression("As soon as this is true.")}, ("condition",))
    awaited = {"anyOf": [*pattern(known)["anyOf"], any_, reply, condition]}
    return {
        "wait_for": {**awaited, "description": "An event, one of several, a reply, or a condition."},
        "up_to": matching(MOMENT, "Until when at most.", "7 days"),
        "then": _steps("Where it came."),
        "timeout": _steps("Where it did not come in time."),
    }


def _choose() -> Schema:
    case = block(
        {"when": expression("Asked in order."), "steps": _steps("Done for the first that is true.")},
        ("when", "steps"),
    )
    otherwise = block({"otherwise": _steps("Where none is true.")}, ("otherwise",))
    return several({"anyOf": [case, otherwise]}, "The first case that holds.", least=1)


def _split() -> dict[str, Schema]:
    share = matching(SHARE, "Its share of people.", "50%")
    return {
        "split": names_to(share, "The arms and their shares, 100% in all."),
        "branches": names_to(_steps(""), "The steps of each arm."),
        "experiment": boolean("Report the arms on the goal."),
    }


def assignments(description: str) -> Schema:
    """`contact.x` or `run.x` to a value."""
    return names_to(
        expression("A plain value is an expression, a quoted one is text."),
        description,
        r"^(contact|run)\.\w+$",
    )


def _grant(known: KnownNames) -> Schema:
    return block(
        {
            "topic": named("To what.", known.topics),
            "channel": named("On which channel.", known.channels),
            "text": named("The text that was agreed to, of the catalog's `texts`.", known.texts),
            "proof": text("How it was given."),
        },
        ("topic", "channel", "text"),
        "Record the person's consent.",
    )


def _suppress(known: KnownNames) -> Schema:
    return block(
        {
            "topic": named("Of what.", known.topics),
            "channel": named("On which channel.", known.channels),
            "reason": text("Why we stop."),
        },
        ("topic", "channel", "reason"),
        "Stop writing, on our own decision.",
    )


def _call(known: KnownNames) -> dict[str, Schema]:
    return {
        "call": named("Call this webhook of the catalog.", known.webhooks),
        "with": with_(),
        "save": matching(r"^run\.[a-z]\w*$", "Where the answer is kept.", "run.case"),
        "on_error": word("What happens without an answer.", "continue", "exit"),
        "up_to": duration("How long an answer is waited for."),
    }


def _repeat() -> Schema:
    return block(
        {
            "every": duration("From the beginning of one pass to the next."),
            "at_most": {"type": "integer", "minimum": 1, "description": "How many passes at most."},
            "until": expression("Asked before each pass."),
        },
        ("every", "at_most"),
        "Do the steps again and again, with a bound.",
    )
