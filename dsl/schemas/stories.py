"""A file of stories: what must hold, told with a person, their events and what follows."""

from dsl import story_expect, story_given, story_lines, story_parser
from dsl.schemas.shapes import (
    EVENT,
    KnownNames,
    Schema,
    block,
    document,
    named,
    names_to,
    one_form,
    several,
    text,
    word,
)

VALUE: Schema = {"description": "A plain value."}
LINES: dict[str, str] = {
    "event": "This event happens.",
    "changes": "Attributes change to these values.",
    "opens": "The person opens the message of this step.",
    "clicks": "The person clicks in the message of this step.",
    "replies": "The person answers this by SMS.",
    "unsubscribes": "The person unsubscribes from this topic.",
    "bounces": "The message of this step comes back.",
    "complains": "The message of this step is reported as spam.",
    "confirms": "The person confirms this topic.",
    "calls": "Another system starts this scenario.",
    "publishes": "This scenario file, beside the stories, is published.",
    "pauses": "This scenario or channel is paused; everything where nothing is named.",
    "resumes": "It goes on.",
}
EXPECTED: dict[str, str] = {
    "call": "This webhook is called.",
    "task": "This task is given.",
    "exit": "The run ends, for this reason.",
    "not_sent": "This message was reached and given up.",
    "emit": "This event is raised.",
    "set": "These attributes or variables have these values.",
}
GIVEN: dict[str, str] = {
    "contact": "Attributes of the person.",
    "consent": "Consent by topic: `{ newsletter: [email, sms] }`.",
    "tracking": "What may be tracked: `[clicks]`.",
    "events": "What happened before.",
    "messages": "What was received before.",
    "pool": "How many codes are left.",
    "answers": "What webhooks answer; `fails` where they do not.",
    "holdout": "Whether the person is held out.",
    "arms": "The arm of each split.",
}


def schema(known: KnownNames) -> Schema:
    """The schema of `*.test.yaml`."""
    story = block(
        {
            "name": text("What is told, in one sentence."),
            "given": block(
                {key: {"description": GIVEN[key]} for key in story_given.KEYS}, (), "How it begins."
            ),
            "when": several(_line(known), "What happens, in order."),
            "expect": several(_expected(known), "Everything that the scenarios do, in order."),
        },
        ("name", "expect"),
    )
    shapes = {
        "scenarios": several(named("", known.scenarios), "Only these run.", least=1),
        "starts": text("Day 0, local to the contact: `2027-02-15`."),
        "stories": several(story, "What must hold."),
    }
    return document(
        "Stories of a Relance scenario", block({key: shapes[key] for key in story_parser.KEYS}, shapes)
    )


def _line(known: KnownNames) -> Schema:
    offered = {
        "event": known.events,
        "unsubscribes": known.topics,
        "confirms": known.topics,
        "calls": known.scenarios,
    }
    options: dict[str, Schema] = {
        "with": names_to(VALUE, "The event's properties, or the inputs of the call.", ".+"),
        "source": text("`import` for an import."),
        "link": text("Which link."),
        "to": word("Where the answer goes.", "sms"),
        "channel": named("On which channel.", known.channels),
    }
    at = text("When: `day 3 10:00`, `day 3`, or an absolute local instant.")
    shapes = []
    for verb, (keys, _) in story_lines.VERBS.items():
        said: Schema = {"description": LINES[verb]}
        if offered.get(verb):
            said = named(LINES[verb], offered[verb], EVENT if verb == "event" else "^[a-z][a-z0-9_]*$")
        line = {"at": at, verb: said, **{key: options[key] for key in keys}}
        shapes.append(one_form(f"{verb} line", block(line, ("at", verb))))
    return {"type": "object", "anyOf": shapes}


def _expected(known: KnownNames) -> Schema:
    at = text("When: `day 3 10:00`, or `day 3` for any time of that day.")
    scenario = named("Which scenario, where several run.", known.scenarios)
    because = word("Why it was given up.", *story_expect.BECAUSE)
    verbs = {channel: f"This {channel} message is sent." for channel in known.channels}
    verbs |= {verb: EXPECTED[verb] for verb in story_expect.OTHERS}
    shapes = []
    for verb, words in verbs.items():
        more: dict[str, Schema] = {"because": because} if verb == "not_sent" else {}
        said = {"at": at, verb: {"description": words}, **more, "scenario": scenario}
        shapes.append(one_form(f"{verb} line", block(said, ("at", verb, *more))))
    return {"type": "object", "anyOf": shapes}
