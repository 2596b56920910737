"""Which keys may stand in a block, by the tables that the parser reads them with."""

from collections.abc import Callable, Iterable, Mapping

from commands.editor.cursor import ITEM, Cursor
from dsl import (
    catalog_parser,
    event_parser,
    parser,
    policy_parser,
    story_given,
    story_lines,
    story_parser,
    topic_parser,
)
from dsl.catalog_parser import channels_of
from dsl.checks.mentions import PROVIDED, PROVIDED_ON
from dsl.compiler import Project
from dsl.message_parser import MESSAGE_KEYS
from dsl.step_parser import VERBS
from dsl.step_reader import COMMON
from dsl.story_expect import OTHERS
from dsl.trigger_parser import FORMS
from dsl.type_notation import TYPE_KEYS

PATTERN = ("event", "where")
STEP_LISTS = frozenset({"steps", "then", "else", "timeout", "otherwise"})
LIMIT = ("at_most", "per", "channel", "tag", "of", "when")
HOURS = ("allow", "days", "holidays")
ATTRIBUTE = (*TYPE_KEYS, "personal", "source", "purpose", "keep")

BLOCKS: Mapping[str, tuple[str, ...]] = {
    "wait_for": (*PATTERN, "any", "reply", "condition"),
    "goal": (*PATTERN, "within", "exit"),
    "hours": HOURS,
    "repeat": ("every", "at_most", "until"),
    "grant": ("topic", "channel", "text", "proof"),
    "suppress": ("topic", "channel", "reason"),
    "api": ("input",),
    "on_edit": ("move",),
}
"""Blocks of a scenario that are told by their key alone."""

LISTS: Mapping[str, tuple[str, ...]] = {
    "any": (*PATTERN, "id", "then"),
    "exit_when": (*PATTERN, "as", "condition"),
    "handlers": (*PATTERN, "set", "add"),
    "choose": ("when", "steps", "otherwise"),
}
"""The same for items of lists."""


def keys_at(project: Project, cursor: Cursor) -> Iterable[str]:
    """The keys of the block of a scenario that the cursor stands in."""
    path = cursor.path
    if not path:
        return parser.KEYS
    last, above = path[-1], path[-2:-1]
    if last == "trigger" or path == ("trigger", ITEM):
        return _trigger(cursor)
    if last == ITEM and (above[0] in STEP_LISTS or path[-3:-2] == ("branches",)):
        return _step(project, cursor)
    if last == ITEM and above == ("first_of",):
        return (*channels_of(project.catalog), *MESSAGE_KEYS)
    if last == ITEM:
        return LISTS.get(above[0], ())
    if last in ("set", "add"):
        return (f"contact.{each.name}" for each in project.catalog.attributes.values() if not each.computed)
    if last == "with":
        return _with(project, cursor)
    return BLOCKS.get(last, ())


def _trigger(cursor: Cursor) -> Iterable[str]:
    form = next((form for form in FORMS if form in cursor.siblings), None)
    return FORMS if form is None else FORMS[form][0]


def _step(project: Project, cursor: Cursor) -> Iterable[str]:
    """The verbs, or what goes with the one that is written."""
    channels = channels_of(project.catalog)
    table = dict.fromkeys(channels, MESSAGE_KEYS) | {verb: keys for verb, (keys, _) in VERBS.items()}
    verb = next((verb for verb in table if verb in cursor.siblings), None)
    return (*table, *COMMON) if verb is None else (*table[verb], *COMMON)


def _with(project: Project, cursor: Cursor) -> Iterable[str]:
    """The properties of the event that is emitted, or the variables that the message's templates ask for."""
    event = project.catalog.events.get(cursor.around.get("emit", "").strip())
    if event is not None:
        return (name for name, _ in event.properties.fields)
    channel = next((c for c in channels_of(project.catalog) if c in cursor.around), None)
    if channel is None:
        return ()
    templates = project.templates.locales(cursor.around[channel].strip(), channel).values()
    return sorted(
        {use.path[0] for each in templates for use in each.uses} - PROVIDED_ON.get(channel, PROVIDED)
    )


# Files that are no scenarios


def catalog_keys(cursor: Cursor) -> Iterable[str]:
    """The keys of a block of the catalog."""
    fixed: dict[tuple[str, ...], tuple[str, ...]] = {
        (): catalog_parser.KEYS,
        ("brand",): ("name", "legal_sender", "site", "currency"),
    }
    by_section = {
        "contact": ATTRIBUTE,
        "computed": (*ATTRIBUTE, "is"),
        "events": event_parser.KEYS,
        "topics": topic_parser.KEYS,
        "senders": ("address", "name", "reply_to", "from", "stop_number"),
        "webhooks": ("url_env", "method", "timeout", "returns"),
        "codes": ("file",),
    }
    if len(cursor.path) == 2:  # noqa: PLR2004 - a section, and a name in it
        return by_section.get(cursor.path[0], ())
    return fixed.get(cursor.path, ())


def policy_keys(cursor: Cursor) -> Iterable[str]:
    """The keys of a block of the policy."""
    blocks: dict[tuple[str, ...], tuple[str, ...]] = {
        (): policy_parser.KEYS,
        ("time_zone",): ("default", "by_country"),
        ("pressure",): ("day", "limits", "exempt", "on_cap"),
        ("pressure", "limits", ITEM): LIMIT,
        ("tracking",): ("opens", "clicks"),
        ("retention",): policy_parser.RETENTION,
        ("delivery",): ("marketing", "service", "transactional"),
        ("utm",): ("source", "medium", "campaign", "content", "term"),
    }
    if cursor.path[:1] == ("hours",) and len(cursor.path) == 2:  # noqa: PLR2004 - hours of a channel
        return HOURS
    return blocks.get(cursor.path, ())


def segment_keys(cursor: Cursor) -> Iterable[str]:
    """The keys of a segment."""
    return ("title", "is") if len(cursor.path) == 1 else ()


def story_keys(project: Project, cursor: Cursor) -> Iterable[str]:
    """The keys of a block of a file of stories."""
    path = cursor.path
    if path in ((), ("stories", ITEM)):
        return story_parser.STORY_KEYS if path else story_parser.KEYS
    inner = path[2:]
    table: dict[tuple[str, ...], Callable[[], Iterable[str]]] = {
        ("given",): lambda: story_given.KEYS,
        ("given", "contact"): lambda: project.catalog.attributes,
        ("given", "consent"): lambda: project.catalog.topics,
        ("given", "pool"): lambda: project.catalog.codes,
        ("given", "answers"): lambda: project.catalog.webhooks,
        ("given", "events", ITEM): lambda: ("event", "at", "with"),
        ("given", "messages", ITEM): lambda: ("message", "channel", "at", "to"),
        ("when", ITEM): lambda: _story_line(cursor),
        ("when", ITEM, "changes"): lambda: project.catalog.attributes,
        ("expect", ITEM): lambda: ("at", *channels_of(project.catalog), *OTHERS, "because", "scenario"),
    }
    if inner[-1:] == ("with",):
        return _with_event(project, cursor)
    return table[inner]() if inner in table else ()


def _story_line(cursor: Cursor) -> Iterable[str]:
    verb = next((verb for verb in story_lines.VERBS if verb in cursor.siblings), None)
    return ("at", "scenario", *(story_lines.VERBS if verb is None else story_lines.VERBS[verb][0]))


def _with_event(project: Project, cursor: Cursor) -> Iterable[str]:
    event = project.catalog.events.get(cursor.around.get("event", "").strip())
    return () if event is None else (name for name, _ in event.properties.fields)


WORLD: Mapping[str, Callable[[Cursor], Iterable[str]]] = {
    "catalog.yaml": catalog_keys,
    "policy.yaml": policy_keys,
    "segments.yaml": segment_keys,
}
