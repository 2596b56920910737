"""What may stand as the value of a key, where that is one of a list: names of the project, closed words."""

from collections.abc import Callable, Iterable, Mapping

from commands.editor.cursor import ITEM, Cursor
from commands.editor.offers import Offer, attributes, events, segments, topics, words
from dsl import scenario as s
from dsl.catalog import MEDIA
from dsl.catalog_parser import channels_of
from dsl.compiler import Project
from dsl.event_parser import WORDS
from dsl.story_expect import BECAUSE
from dsl.type_notation import SIMPLE

EXPRESSIONS = frozenset(
    {
        "where",
        "if",
        "when",
        "only_if",
        "until",
        "is",
        "audience",
        "key",
        "for_each",
        "reaches",
        "condition",
        "date",
    }
)
"""Keys whose value is an expression in a scenario; `is` and `when` also in catalog, segments and policy."""

EVENTS = frozenset({"event", "emit", "goal", "wait_for", "sale"})
ON_CAP = ("delay up to 3 days", "drop", "next", "exit")

CLOSED: Mapping[str, tuple[str, ...]] = {
    "class": s.CLASSES,
    "entry": ("once", "always", "once per 90 days"),
    "while_active": s.WHILE_ACTIVE,
    "existing": s.EXISTING,
    "on_edit": ("finish", "restart", "exit"),
    "move": ("exit", "finish"),
    "on_cap": ON_CAP,
    "on_error": s.ON_ERROR,
    "repeat": ("yearly",),
    "every": ("day at 09:00", "week on mon at 09:00", "month on 1 at 09:00"),
    "checked": ("day at 09:00",),
    "holidays": ("skip", "allow"),
    "experiment": ("true", "false"),
    "include_imports": ("true", "false"),
    "type": tuple(SIMPLE),
    "ordered": ("true", "false"),
    "_medium": MEDIA,
    "_direction": tuple(WORDS),
    "personal": ("true", "false"),
    "default": ("opt_in", "soft_opt_in", "opt_out"),
    "opens": ("with_consent", "never"),
    "clicks": ("with_consent", "never"),
    "marketing": ("at_most_once", "at_least_once"),
    "service": ("at_most_once", "at_least_once"),
    "transactional": ("at_most_once", "at_least_once"),
    "day": ("calendar", "rolling"),
    "because": BECAUSE,
}
"""Words that a key takes, whatever the project."""

WAITS = ("3 days", "3 days at 10:00", "until 18:00", "until next mon at 09:00")


def is_expression(cursor: Cursor) -> bool:
    """Whether an expression is due at a place of a scenario, the catalog, the policy or the segments."""
    if cursor.key in EXPRESSIONS:
        return not (cursor.quoted and cursor.path[-1:] in (("with",), ("set",), ("add",)))
    if cursor.path[-1:] in (("with",), ("set",), ("add",)) and cursor.key is not None:
        return not cursor.quoted
    return cursor.key in ("wait", "up_to") and cursor.text.startswith("until ")


def values_at(project: Project, cursor: Cursor, steps: Mapping[str, str]) -> list[Offer]:
    """What may stand at a place that takes no expression. `steps`: ids of message steps to their channel."""
    key = cursor.path[-2] if cursor.key is None and cursor.path[-1:] == (ITEM,) else cursor.key
    if key is None:
        return []
    if key in channels_of(project.catalog) and key not in cursor.around:
        return [Offer(name, "name", f"a message by {key}") for name in project.templates.messages(key)]
    if key in EVENTS or (key == "any" and cursor.key is None):
        return events(project)
    if key == "if_past":
        return words(s.TRIGGER_IF_PAST if "trigger" in cursor.path else s.IF_PAST)
    if key == "of":
        return words(("person", "household") if "limits" in cursor.path else ("opens", "clicks"))
    if key in NAMED:
        return NAMED[key](project)
    if key in ("reply", "opens", "clicks", "bounces", "complains") and steps:
        return [Offer(name, "step", f"a message by {channel}") for name, channel in steps.items()]
    return words(WAITS if key in ("wait", "up_to") else CLOSED.get(key, ()))


def _channels(project: Project) -> list[Offer]:
    return words(channels_of(project.catalog), "name", "channel")


def _names(of: Callable[[Project], Iterable[str]], detail: str) -> Callable[[Project], list[Offer]]:
    return lambda project: words(of(project), "name", detail)


def _exits(project: Project) -> list[Offer]:
    return [*events(project), *attributes(project)]


NAMED: Mapping[str, Callable[[Project], list[Offer]]] = {
    "topic": topics,
    "confirms": topics,
    "unsubscribes": topics,
    "channel": _channels,
    "channels": _channels,
    "entered": segments,
    "left": segments,
    "changed": attributes,
    "exit_when": _exits,
    "call": _names(lambda project: project.catalog.webhooks, "a webhook"),
    "text": _names(lambda project: project.catalog.texts, "a consent text"),
    "scenarios": _names(lambda project: project.scenarios, "a scenario"),
    "calls": _names(lambda project: project.scenarios, "a scenario"),
    "scenario": _names(lambda project: project.scenarios, "a scenario"),
}
