"""Names: what a dotted name or a bare word means where it stands."""

from collections.abc import Collection

from dsl import nodes, types
from dsl.diagnostics import did_you_mean
from dsl.environment import Environment
from dsl.nodes import Field, Name, Root
from dsl.resolution.kinship import is_text
from dsl.resolution.reading import FAILED, Reading, Typed, word_span
from dsl.types import ChoiceOf, ListOf, Record, Type

CLOCK: dict[str, Type] = {"now": types.INSTANT, "today": types.DATE, "entry": types.INSTANT}
MESSAGE: dict[str, Type] = {
    "priority": types.NUMBER,
    "class": ChoiceOf(("marketing", "service", "transactional")),
    "tags": ListOf(types.TEXT),
}
USUAL_CHANNELS = ("email", "sms")

NOT_HERE: dict[str, tuple[str, str]] = {
    "event": ("there is no event here", "only what an event starts has `event.x`"),
    "item": ("there is no item here", "only a trigger with `for_each` has `item.x`"),
    "run": ("there is no run here", "segments, computed attributes and audiences stand outside of runs"),
}


def channels_of(env: Environment) -> tuple[str, ...]:
    """Channels that the project speaks of: the usual ones, those of senders and of topics."""
    of_topics = (channel for topic in env.catalog.topics.values() for channel in topic.channels)
    return tuple(dict.fromkeys((*USUAL_CHANNELS, *env.catalog.senders, *of_topics)))


def name(node: Name, reading: Reading, wanted: Type | None) -> Typed:
    """A dotted name, or a bare word: a property, a word of the clock, or a value of the choice it meets."""
    if len(node.path) == 1 and isinstance(wanted, ChoiceOf) and node.path[0] in wanted.options:
        return choice(node, wanted)
    found = lookup(node, reading.env)
    if found is not None:
        return found
    if node.path[0] in ROOTS and len(node.path) > 1:
        return ROOTS[node.path[0]](node, reading)
    if len(node.path) > 1:
        return _unknown_dotted(node, reading)
    if isinstance(wanted, ChoiceOf):
        return not_an_option(node, node.path[0], wanted, reading)
    if wanted == FAILED:
        return node, FAILED
    return _unknown_word(node, reading, wanted)


def choice(node: nodes.Expression, of: ChoiceOf) -> Typed:
    """A word that is a value of a choice."""
    word = node.path[0] if isinstance(node, Name) else getattr(node, "value", "")
    return nodes.Choice(word, of.options, of.ordered, node.span), of


def not_an_option(node: nodes.Expression, word: str, of: ChoiceOf, reading: Reading) -> Typed:
    """A word that is none of the values; where any word will do, it is text."""
    if not of.options:
        return nodes.Constant(word, node.span), of
    remedy = _of_nothing(word) or did_you_mean(word, of.options) or f"it is one of {', '.join(of.options)}"
    return reading.failed(
        node, "E514", f"`{word}` is not one of the values", node.span, types.describe(of), remedy
    )


def lookup(node: Name, env: Environment) -> Typed | None:
    """What a name means without any hint, or None. The event looked at comes first, then what is around."""
    if env.looked_at is not None:
        type_ = _at(env.looked_at, node.path)
        if type_ is not None:
            return _field("property", node.path, type_, node)
    if len(node.path) == 1:
        return _bare(node, env)
    root, path = node.path[0], node.path[1:]
    if root in env.bound and root not in ROOTS:
        type_ = _at(env.bound[root], path)
        return None if type_ is None else _field("bound", node.path, type_, node)
    holder = _holder(root, env)
    type_ = None if holder is None else _at(holder, path)
    return None if type_ is None else _field(ROOT_OF[root], path, type_, node)


ROOT_OF: dict[str, Root] = {"contact": "contact", "event": "event", "item": "item", "run": "run"}


def _holder(root: str, env: Environment) -> Type | None:
    """The record behind a root, or None where the root means nothing."""
    match root:
        case "contact":
            return Record(tuple((each.name, each.type) for each in env.catalog.attributes.values()))
        case "event":
            return env.event
        case "item":
            return env.item
        case "run":
            return Record(tuple(env.run.items()))
    return None


def _bare(node: Name, env: Environment) -> Typed | None:
    word = node.path[0]
    if env.message and word == "channel":
        return _field("message", node.path, ChoiceOf(channels_of(env)), node)
    if env.message and word in MESSAGE:
        return _field("message", node.path, MESSAGE[word], node)
    if env.changed is not None and word in {"before", "after"}:
        return _field("changed", node.path, env.changed, node)
    if word in CLOCK and (word != "entry" or env.in_run):
        return _field("clock", node.path, CLOCK[word], node)
    if word == "item" and env.item is not None and not isinstance(env.item, Record):
        return _field("item", node.path, env.item, node)
    return None


def _field(root: Root, path: tuple[str, ...], type_: Type, node: Name) -> Typed:
    options = type_.options if isinstance(type_, ChoiceOf) and type_.ordered else ()
    return Field(root, path, options, node.span), type_


def _at(holder: Type, path: tuple[str, ...]) -> Type | None:
    """The type at a path: into records by name, over a list one field of each element."""
    if not path:
        return holder
    match holder:
        case Record():
            inner = holder.field(path[0])
            return None if inner is None else _at(inner, path[1:])
        case ListOf(item=item):
            inner = _at(item, path)
            return None if inner is None else ListOf(inner)
    return None


# What is said of a name that means nothing


def _unknown_word(node: Name, reading: Reading, wanted: Type | None) -> Typed:
    word = node.path[0]
    if word == "entry":
        return reading.failed(node, "E513", "there is no entry here", node.span, "", NOT_HERE["run"][1])
    if word in ROOTS:
        return reading.failed(node, "E510", f"`{word}` alone is no value", node.span, "", f"write `{word}.x`")
    remedy = _of_nothing(word) or did_you_mean(word, visible(reading.env))
    if remedy is None and wanted is not None and is_text(wanted):
        remedy = f'text stands in double quotes: `"{word}"`'
    return reading.failed(
        node,
        "E510",
        f"unknown name `{word}`",
        node.span,
        "means nothing here",
        remedy or 'people are `contact.x`, the starting event `event.x`, text is `"text"`',
    )


def _of_nothing(word: str) -> str | None:
    """What to write for a word by which other languages say that there is nothing."""
    if word.lower() not in ("null", "none", "nil", "empty", "undefined"):
        return None
    return "what is not there is asked with `is unknown`: `contact.country is unknown`"


def visible(env: Environment) -> list[str]:
    """The bare words that mean something, for suggestions."""
    words = [word for word in CLOCK if word != "entry" or env.in_run]
    if env.looked_at is not None:
        words += [name for name, _ in env.looked_at.fields]
    if env.message:
        words += ["channel", *MESSAGE]
    if env.changed is not None:
        words += ["before", "after"]
    return [*words, "contact"]


def _unknown_dotted(node: Name, reading: Reading) -> Typed:
    root = node.path[0]
    env = reading.env
    if env.looked_at is not None and env.looked_at.field(root) is not None:
        return _unknown_part(node, env.looked_at, node.path, 0, reading)
    if root in env.bound:
        return _unknown_part(node, env.bound[root], node.path[1:], 1, reading)
    event = ".".join(node.path[:2])
    if event in env.catalog.events:
        return reading.failed(
            node,
            "E510",
            f"`{event}` is an event, not a value",
            node.span,
            "",
            f"ask about it: `did({event}, last 90 days)`, `latest({event}).at`",
        )
    remedy = did_you_mean(root, [*ROOTS, *env.bound])
    if root in env.step_ids:
        remedy = (
            f"the event of a wait is known in its `then` alone; keep a part of it: `set: {{run.x: {root}.x}}`"
        )
    return reading.failed(
        node, "E510", f"unknown name `{root}`", word_span(node, 0), "means nothing here", remedy
    )


def _contact(node: Name, reading: Reading) -> Typed:
    attribute = node.path[1]
    known = reading.env.catalog.attributes
    if attribute in known:
        return _unknown_part(node, known[attribute].type, node.path[2:], 2, reading)
    return reading.failed(
        node,
        "E511",
        f"unknown attribute `contact.{attribute}`",
        word_span(node, 1),
        "not in the catalog",
        did_you_mean(attribute, known) or "declare it under `contact:` in catalog.yaml",
    )


def _rooted(node: Name, reading: Reading) -> Typed:
    """`event.x`, `item.x`, `run.x` that mean nothing."""
    root = node.path[0]
    holder = _holder(root, reading.env)
    if holder is None or (root == "run" and not reading.env.in_run and not reading.env.run):
        message, remedy = NOT_HERE[root]
        return reading.failed(node, "E513", message, node.span, "", remedy)
    return _unknown_part(node, holder, node.path[1:], 1, reading)


def _unknown_part(node: Name, holder: Type, path: tuple[str, ...], offset: int, reading: Reading) -> Typed:
    """Point at the first word of a path that its holder lacks. `offset`: how many words stand before it."""
    while path and (inner := _at(holder, path[:1])) is not None:
        holder, path, offset = inner, path[1:], offset + 1
    if isinstance(holder, ListOf):
        holder = holder.item
    place = ".".join(node.path[:offset])
    known: Collection[str] = [name for name, _ in holder.fields] if isinstance(holder, Record) else ()
    what = (
        f"`{place}` has no `{path[0]}`"
        if known
        else f"`{place}` is {types.describe(holder)}, it has no fields"
    )
    remedy = did_you_mean(path[0], known) or (f"it has {', '.join(known)}" if known else None)
    if node.path[0] == "run" and offset == 1:
        what, remedy = f"no step sets `run.{path[0]}`", remedy or "set it first: `set: {run.x: ...}`"
    return reading.failed(node, "E512", what, word_span(node, offset), "", remedy)


ROOTS = {"contact": _contact, "event": _rooted, "item": _rooted, "run": _rooted}
