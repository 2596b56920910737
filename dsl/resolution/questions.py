"""Calls: questions about a history, about messages, consent and tracking, and functions of values."""

from decimal import Decimal

from dsl import types
from dsl.catalog import EventType
from dsl.diagnostics import did_you_mean
from dsl.nodes import (
    Call,
    CanReceive,
    CanTrack,
    Compare,
    Constant,
    Expression,
    History,
    Logic,
    MessageTest,
    Name,
    Window,
)
from dsl.resolution.kinship import has_order, is_amount, is_day, is_failed, is_text, unified
from dsl.resolution.names import channels_of
from dsl.resolution.reading import FAILED, Reading, Typed
from dsl.signatures import SIGNATURES, Signature, Takes
from dsl.source import Span
from dsl.types import ChoiceOf, ListOf, Number, Record, Type, describe

COUNTED = Number(minimum=Decimal(0))
ANY_WORD = ChoiceOf(())
"""A choice whose values the catalog does not know: the ids of steps."""
MESSAGE_MARKS = frozenset({"scenario", "step", "topic", "channel", "class"})
CHANGE_MARKS = frozenset({"attribute", "before", "after"})


# Histories


def history(node: History, reading: Reading, _wanted: Type | None) -> Typed:
    """`did`, `count`, `sum`, `avg`, `min`, `max`, `first`, `latest`."""
    event = reading.env.catalog.events.get(node.event)
    if event is None:
        return _unknown_event(node, reading)
    where = None
    if node.where is not None:
        where = condition_on(event.properties, node.where, reading)
    window = _window(node.window, reading)
    type_ = _history_type(node, event, reading)
    made = History(node.function, node.event, node.path, where, window, node.span, node.name_span)
    return made, type_


def condition_on(record: Record, where: Expression, reading: Reading) -> Expression:
    """A `where` over the properties of an event; must be a condition."""
    inner = reading.looking_at(sharpened(record, where, reading))
    condition, type_ = inner.read(where, types.BOOLEAN)
    if not is_failed(type_) and type_ != types.BOOLEAN:
        reading.error(
            "E523", f"`where` is a condition, this is {describe(type_)}", where.span, describe(type_)
        )
    return condition


def sharpened(record: Record, where: Expression, reading: Reading) -> Record:
    """The properties as this `where` may use them.

    Steps of other scenarios are bare words; `before` and `after` of a change have the type of the attribute
    that the `where` itself fixes.
    """
    names = {name for name, _ in record.fields}
    changes: dict[str, Type] = {}
    if names >= MESSAGE_MARKS:
        changes["step"] = ANY_WORD
    if names >= CHANGE_MARKS:
        attribute = _fixed_attribute(where)
        declared = reading.env.catalog.attributes.get(attribute or "")
        if declared is not None:
            changes["before"] = changes["after"] = declared.type
    return Record(tuple((name, changes.get(name, of)) for name, of in record.fields))


def _fixed_attribute(where: Expression) -> str | None:
    """The attribute of `attribute == tier`, alone or among conditions joined by `and`."""
    parts = where.operands if isinstance(where, Logic) and where.op == "and" else (where,)
    for part in parts:
        if isinstance(part, Compare) and part.op == "==":
            match part.left, part.right:
                case (Name(path=("attribute",)), Name(path=(word,))) | (
                    Name(path=(word,)),
                    Name(path=("attribute",)),
                ):
                    return word
    return None


def _unknown_event(node: History, reading: Reading) -> Typed:
    span = node.name_span
    if node.path and span.end - span.start == len(".".join((node.event, *node.path))):
        span = Span(span.start, span.start + len(node.event))
    known = reading.env.catalog.events
    remedy = did_you_mean(node.event, known) or "declare it under `events:` in catalog.yaml"
    return reading.failed(node, "E210", f"unknown event `{node.event}`", span, "not in the catalog", remedy)


def _history_type(node: History, event: EventType, reading: Reading) -> Type:
    if node.function == "did":
        return types.BOOLEAN
    if node.function == "count":
        return COUNTED
    if node.path == ("at",):
        of: Type | None = types.INSTANT
    elif not node.path:
        return Record((*event.properties.fields, ("at", types.INSTANT)))
    else:
        of = property_at(event.properties, node.path)
    if of is None:
        return _unknown_property(node, event, reading)
    fit = node.function in ("first", "latest") or has_order(of)
    if node.function in ("sum", "avg"):
        fit = is_amount(of)
    if not fit:
        wanted = "a number or money" if node.function in ("sum", "avg") else "a property with an order"
        message = f"`{node.function}` needs {wanted}, `{'.'.join(node.path)}` is {describe(of)}"
        reading.error("E525", message, node.name_span, describe(of))
        return FAILED
    return types.NUMBER if isinstance(of, Number) and node.function == "sum" else of


def property_at(of: Type, path: tuple[str, ...]) -> Type | None:
    """The type of a property of an event, through records and over lists."""
    for position, name in enumerate(path):
        if isinstance(of, ListOf):
            inner = property_at(of.item, path[position:])
            return None if inner is None else ListOf(inner)
        found = of.field(name) if isinstance(of, Record) else None
        if found is None:
            return None
        of = found
    return of


def _unknown_property(node: History, event: EventType, reading: Reading) -> Type:
    known = [name for name, _ in event.properties.fields]
    length = len(".".join(node.path))
    span = Span(max(node.span.start, node.span.end - length), node.span.end)
    if node.function in ("sum", "avg", "min", "max"):
        span = Span(max(node.name_span.start, node.name_span.end - length), node.name_span.end)
    remedy = did_you_mean(node.path[0], known) or f"it has {', '.join([*known, 'at'])}"
    reading.error("E512", f"`{node.event}` has no `{'.'.join(node.path)}`", span, "", remedy)
    return FAILED


# Windows


def _window(window: Window, reading: Reading) -> Window:
    if window.form == "since":
        _check_anchor(window, reading)
    if window.form != "between" or window.low is None or window.high is None:
        return window
    ends = []
    for end in (window.low, window.high):
        read, type_ = reading.read(end)
        if not is_failed(type_) and not is_day(type_):
            remedy = "write `between 2026-01-01 and today`"
            reading.error(
                "E520", f"a window goes from day to day, this is {describe(type_)}", end.span, "", remedy
            )
        ends.append(read)
    return Window("between", low=ends[0], high=ends[1], span=window.span)


def _check_anchor(window: Window, reading: Reading) -> None:
    anchor, env = window.anchor or "", reading.env
    span = Span(max(window.span.start, window.span.end - len(anchor)), window.span.end)
    if not env.in_run:
        remedy = "outside of a run, write `last 90 days`"
        reading.error("E513", f"there is no run here to count `since {anchor}`", span, "", remedy)
    elif anchor != "entry" and anchor not in env.step_ids:
        remedy = (
            did_you_mean(anchor, [*env.step_ids, "entry"]) or "write `since entry`, or the `id` of a step"
        )
        reading.error("E516", f"no step is called `{anchor}`", span, "", remedy)


# Messages and permissions


def message_test(node: MessageTest, reading: Reading, _wanted: Type | None) -> Typed:
    """`sent(hello)`, `clicked(hello, "keep_me")`."""
    env = reading.env
    if not env.in_run:
        remedy = "outside of a run, ask the history: `did(message.clicked, last 90 days)`"
        reading.error(
            "E513", f"there is no run here whose messages `{node.function}` asks about", node.span, "", remedy
        )
    elif node.step not in env.steps:
        remedy = did_you_mean(node.step, env.steps) or "give the message step an `id` and name that"
        label = "sends no message" if node.step in env.step_ids else ""
        reading.error("E516", f"no message step is called `{node.step}`", node.name_span, label, remedy)
    return node, types.BOOLEAN


def can_receive(node: CanReceive, reading: Reading, _wanted: Type | None) -> Typed:
    """`can_receive(email, newsletter)`."""
    channels, topics = channels_of(reading.env), reading.env.catalog.topics
    if node.channel not in channels:
        remedy = did_you_mean(node.channel, channels) or f"channels are {', '.join(channels)}"
        reading.error("E517", f"unknown channel `{node.channel}`", node.name_span, "", remedy)
    if node.topic is not None and node.topic not in topics:
        remedy = did_you_mean(node.topic, topics) or "declare it under `topics:` in catalog.yaml"
        reading.error("E517", f"unknown topic `{node.topic}`", node.topic_span, "", remedy)
    return node, types.BOOLEAN


def can_track(node: CanTrack, _reading: Reading, _wanted: Type | None) -> Typed:
    """`can_track(opens)`."""
    return node, types.BOOLEAN


# Functions of values


def call(node: Call, reading: Reading, wanted: Type | None) -> Typed:
    """A function of values."""
    signature = SIGNATURES.get(node.function)
    if signature is None:
        remedy = did_you_mean(node.function, SIGNATURES)
        return reading.failed(node, "E518", f"unknown function `{node.function}`", node.name_span, "", remedy)
    count = len(node.arguments)
    if count < signature.least or (signature.most is not None and count > signature.most):
        number = f"{count} value{'s' if count != 1 else ''}"
        message = f"`{node.function}` does not take {number}"
        return reading.failed(
            node, "E522", message, node.name_span, signature.doc, f"write `{signature.usage}`"
        )
    if node.function == "take":
        return _misplaced_take(node, reading)
    return _applied(node, signature, reading, wanted if signature.gives == "same" else None)


def _misplaced_take(node: Call, reading: Reading) -> Typed:
    remedy = "write `with: { code: take(winback_15) }` at a message"
    return reading.failed(node, "E519", "a code is taken as a whole value of a `with`", node.span, "", remedy)


def take(node: Call, reading: Reading) -> Typed:
    """`take(winback_15)` as the whole of a `with` value."""
    pool = node.arguments[0] if len(node.arguments) == 1 else None
    known = reading.env.catalog.codes
    if not isinstance(pool, Name) or ".".join(pool.path) not in known:
        asked = ".".join(pool.path) if isinstance(pool, Name) else ""
        span = pool.span if pool is not None else node.span
        remedy = did_you_mean(asked, known) or "declare it under `codes:` in catalog.yaml"
        return reading.failed(node, "E519", f"unknown pool of codes `{asked}`", span, "", remedy)
    return Call("take", (Constant(pool.path[0], pool.span),), node.span, node.name_span), types.TEXT


def _applied(node: Call, signature: Signature, reading: Reading, wanted: Type | None) -> Typed:
    arguments: list[Expression] = []
    of: list[Type] = []
    for position, argument in enumerate(node.arguments):
        hint = wanted or (of[0] if of and signature.gives == "same" else None)
        read, type_ = reading.read(argument, hint)
        takes = signature.takes[min(position, len(signature.takes) - 1)]
        if not is_failed(type_) and not TAKES[takes](type_):
            label, usage = describe(type_), f"write `{signature.usage}`"
            message = f"`{node.function}` takes {IN_WORDS[takes]}, this is {label}"
            return reading.failed(node, "E522", message, read.span, label, usage)
        arguments.append(read)
        of.append(type_)
    made = Call(node.function, tuple(arguments), node.span, node.name_span)
    if is_failed(*of):
        return made, FAILED
    if signature.gives != "same":
        return made, signature.gives
    one = unified(of if signature.most is None else of[:1])
    if one is None:
        message = f"`{node.function}` takes values of one type, these are {' and '.join(map(describe, of))}"
        return reading.failed(node, "E522", message, node.span, "", f"write `{signature.usage}`")
    return made, types.NUMBER if isinstance(one, Number) else one


TAKES = {
    "number": lambda type_: isinstance(type_, Number),
    "amount": is_amount,
    "text": is_text,
    "measure": lambda type_: is_text(type_) or isinstance(type_, ListOf),
    "ordered": lambda type_: has_order(type_) and not isinstance(type_, ChoiceOf),
    "day": is_day,
    "calendar day": lambda type_: type_ == types.DATE,
    "anything": lambda type_: not isinstance(type_, Record),
}
"""Whether a type is what a function takes, by the words of `signatures.Takes`."""

IN_WORDS: dict[Takes, str] = {
    "number": "a number",
    "amount": "a number or money",
    "text": "text",
    "measure": "a text or a list",
    "ordered": "what has an order",
    "day": "a date or an instant",
    "calendar day": "a date",
    "anything": "a value",
}
