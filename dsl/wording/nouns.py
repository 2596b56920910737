"""Expressions as nouns: `the person's tier`, `14 days after the next anniversary of ...`."""

from collections.abc import Callable
from typing import Any

from dsl import nodes
from dsl.nodes import Expression
from dsl.signatures import WEEKDAYS as WEEKDAY_WORDS
from dsl.values import Duration
from dsl.wording import constants, histories
from dsl.wording.kinds import in_time, kind
from dsl.wording.speech import Speech, listed, quoted, spaced

ATTRIBUTES = {
    "id": "the person's identifier",
    "locale": "the person's language",
    "timezone": "the person's time zone",
    "created_at": "the moment at which we first knew the person",
}
CLOCK = {"now": "this moment", "today": "today", "entry": "the entry into the scenario"}
MESSAGE = {"tags": "the message's tags", "class": "the message's class"}
OWNERS = {"event": "the starting event's", "item": "the item's", "property": "its"}
MOMENTS = {"event": "the moment of the starting event", "item": "the item's moment", "property": "its moment"}
SIGNS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
FUNCTIONS: dict[str, str] = {
    "days_since": "the number of whole days since {}",
    "anniversary": "the next anniversary of {} (today included)",
    "age": "the number of full years since {}",
    "weekday": "the day of the week of {}",
    "hour": "the hour of the day of {}",
    "date": "the local day of {}",
    "day": "the day of the month of {}",
    "month": "the month of {}",
    "lower": "{} in small letters",
    "upper": "{} in capitals",
    "length": "the length of {}",
}


def noun(node: Expression, speech: Speech) -> str:
    """An expression as a noun; a condition becomes `whether ...`."""
    say = NOUNS.get(type(node))
    return say(node, speech) if say else f"whether {speech.clause(node)}"


def _constant(node: nodes.Constant, speech: Speech) -> str:
    del speech
    return constants.constant(node.value)


def beside(node: Expression, other: Expression, speech: Speech) -> str:
    """A value as it is said when it is compared with another, whose type may give it a unit."""
    if isinstance(node, nodes.Constant):
        currency = speech.names.catalog.brand.currency
        return constants.constant(node.value, kind(other, speech.names), currency)
    return speech.value(node)


def _choice(node: nodes.Choice, speech: Speech) -> str:
    del speech
    if node.options == WEEKDAY_WORDS:
        return constants.WEEKDAYS[WEEKDAY_WORDS.index(node.value)]
    return quoted(spaced(node.value))


def _list(node: nodes.ListNode, speech: Speech) -> str:
    return listed(speech.value(each) for each in node.items) or "nothing"


def _field(node: nodes.Field, speech: Speech) -> str:
    del speech
    match node.root:
        case "contact":
            return ATTRIBUTES.get(node.path[0], f"the person's {_attribute(node.path)}")
        case "run" if node.path == ("key",):
            return "the key of this run"
        case "run" | "bound":
            owner = f"the {'noted' if node.root == 'run' else 'awaited'} {quoted(spaced(node.path[0]))}"
            return _of(owner, node.path[1:])
        case "clock":
            return CLOCK[node.path[0]]
        case "message":
            return MESSAGE.get(node.path[0], f"the message's {spaced(node.path[0])}")
        case "changed":
            return f"the value {node.path[0]} the change"
    if node.path == ("at",):
        return MOMENTS[node.root]
    first, *rest = node.path
    return _of(f"{OWNERS[node.root]} {spaced(first)}", tuple(rest))


def _attribute(path: tuple[str, ...]) -> str:
    """An attribute's name, set apart where it is long."""
    name = spaced(".".join(path))
    return quoted(name) if name.count(" ") > 1 else name


def _of(owner: str, path: tuple[str, ...]) -> str:
    """`the sku of its items`, from the inside out."""
    for name in path:
        owner = f"the {'moment' if name == 'at' else spaced(name)} of {owner}"
    return owner


def _negative(node: nodes.Negative, speech: Speech) -> str:
    return f"minus {_inner(node.operand, speech)}"


def _calculate(node: nodes.Calculate, speech: Speech) -> str:
    left, right = node.left, node.right
    if node.op in "+-" and in_time(left, speech.names):
        if isinstance(right, nodes.Constant) and isinstance(right.value, Duration):
            side = "before" if (node.op == "-") != constants.is_before(right.value) else "after"
            return f"{constants.duration(right.value)} {side} {_inner(left, speech)}"
        if node.op == "-" and in_time(right, speech.names):
            return f"the time from {_inner(right, speech)} to {_inner(left, speech)}"
    return f"{_inner(left, speech)} {SIGNS[node.op]} {_inner(right, speech)}"


def _inner(node: Expression, speech: Speech) -> str:
    """A part of a calculation, in brackets where it is one itself."""
    said = speech.value(node)
    return f"({said})" if isinstance(node, nodes.Calculate) else said


def _call(node: nodes.Call, speech: Speech) -> str:
    said = [speech.value(each) for each in node.arguments]
    match node.function:
        case "take":
            return f"a personal code from the pool {said[0]}"
        case "min" | "max":
            said = [_inner(each, speech) for each in node.arguments]
            return f"the {'smallest' if node.function == 'min' else 'largest'} of {listed(said)}"
        case "coalesce":
            return f"({', or where that is not known '.join(said)})"
        case "weekday" if said == ["today"]:
            return "the day of the week"
        case "round":
            return f"{said[0]} rounded" + (f" to {said[1]} decimals" if len(said) > 1 else "")
    return FUNCTIONS[node.function].format(*said)


def _unknown(node: nodes.Unknown, speech: Speech) -> str:
    del node, speech
    return "unknown"


NOUNS: dict[type[Any], Callable[[Any, Speech], str]] = {
    nodes.Constant: _constant,
    nodes.Unknown: _unknown,
    nodes.Choice: _choice,
    nodes.ListNode: _list,
    nodes.Field: _field,
    nodes.Negative: _negative,
    nodes.Calculate: _calculate,
    nodes.Call: _call,
    nodes.History: histories.value,
}
