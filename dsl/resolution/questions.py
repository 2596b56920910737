"""Calls about messages, consent and tracking, and functions of values."""

from collections.abc import Callable

from dsl import types
from dsl.diagnostics import did_you_mean
from dsl.nodes import Call, CanReceive, CanTrack, Constant, Expression, MessageTest, Name
from dsl.resolution.kinship import has_order, is_amount, is_day, is_failed, is_text, unified
from dsl.resolution.names import channels_of
from dsl.resolution.reading import FAILED, Reading, Typed
from dsl.signatures import SIGNATURES, Signature, Takes
from dsl.types import ChoiceOf, ListOf, Number, Record, Type, describe


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


TAKES: dict[Takes, Callable[[Type], bool]] = {
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
