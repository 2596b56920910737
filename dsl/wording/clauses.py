"""Conditions as statements: `the person's tier is silver or higher`, and their contraries."""

from collections.abc import Callable
from typing import Any

from dsl import nodes
from dsl.nodes import Expression
from dsl.types import ChoiceOf
from dsl.wording import histories
from dsl.wording.kinds import in_time, kind
from dsl.wording.nouns import beside
from dsl.wording.speech import Speech, listed, quoted, spaced

CONTRARY: dict[nodes.Comparison, nodes.Comparison] = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
}  # fmt: skip
AMOUNTS = {"<": "is less than {}", "<=": "is at most {}", ">": "is more than {}", ">=": "is at least {}"}
TIMES = {
    "<": "is before {}",
    "<=": "is no later than {}",
    ">": "is after {}",
    ">=": "is no earlier than {}",
}
ORDERED = {
    "<": "is lower than {}",
    "<=": "is {} or lower",
    ">": "is higher than {}",
    ">=": "is {} or higher",
}
SAME = {"==": "is {}", "!=": "is not {}"}


def clause(node: Expression, speech: Speech, *, denied: bool) -> str:
    """A condition as a statement that it holds, or that it does not."""
    say = CLAUSES.get(type(node))
    if say:
        return say(node, speech, denied)
    return f"{speech.value(node)} is {'no' if denied else 'yes'}"


def _not(node: nodes.Not, speech: Speech, denied: bool) -> str:  # noqa: FBT001 - one shape for the table
    return speech.clause(node.operand) if denied else speech.denied(node.operand)


def _logic(node: nodes.Logic, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    if denied:
        return f"it is not so that {_bracketed(node, speech)}"
    return f", {node.op} ".join(_part(each, speech) for each in node.operands)


def _part(node: Expression, speech: Speech) -> str:
    """A condition inside another: two plain ones as `either a or b`, more of them in brackets."""
    if not isinstance(node, nodes.Logic):
        return speech.clause(node)
    if len(node.operands) == 2 and not any(isinstance(each, nodes.Logic) for each in node.operands):  # noqa: PLR2004
        first, second = (speech.clause(each) for each in node.operands)
        return f"{'either' if node.op == 'or' else 'both'} {first} {node.op} {second}"
    return _bracketed(node, speech)


def _bracketed(node: nodes.Logic, speech: Speech) -> str:
    return f"({speech.clause(node)})"


def _compare(node: nodes.Compare, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    if isinstance(node.right, nodes.Constant) and isinstance(node.right.value, bool):
        holds = (node.op == "==") == node.right.value
        return speech.clause(node.left) if holds != denied else speech.denied(node.left)
    op = CONTRARY[node.op] if denied else node.op
    words = (SAME | _words(node, speech))[op]
    return f"{beside(node.left, node.right, speech)} {words.format(beside(node.right, node.left, speech))}"


def _words(node: nodes.Compare, speech: Speech) -> dict[str, str]:
    if any(in_time(side, speech.names) for side in (node.left, node.right)):
        return TIMES
    if any(isinstance(kind(side, speech.names), ChoiceOf) for side in (node.left, node.right)):
        return ORDERED
    return AMOUNTS


def _in(node: nodes.In, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    out = node.negated != denied
    if isinstance(node.options, nodes.ListNode):
        said = [beside(each, node.value, speech) for each in node.options.items]
        options = listed(said, "or") or "in an empty list"
        is_ = ("is none of" if len(said) > 1 else "is not") if out else "is"
        return f"{speech.value(node.value)} {is_} {options}"
    return f"{speech.value(node.value)} is {'not ' if out else ''}in {speech.value(node.options)}"


def _between(node: nodes.Between, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    low, high = (beside(each, node.value, speech) for each in (node.low, node.high))
    is_ = "is not" if denied else "is"
    return f"{speech.value(node.value)} {is_} between {low} and {high} (both included)"


def _text_test(node: nodes.TextTest, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    verb = {"contains": "contain", "starts with": "begin with"}[node.op]
    words = verb.split(" ", 1)
    does = f"does not {verb}" if denied else " ".join((words[0] + "s", *words[1:]))
    return f"{speech.value(node.value)} {does} {speech.value(node.part)}"


def _is_known(node: nodes.IsKnown, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    return f"{speech.value(node.value)} is {'not known' if node.negated != denied else 'known'}"


def _in_segment(node: nodes.InSegment, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    del speech
    out = node.negated != denied
    return f"the person is {'not ' if out else ''}in the segment {quoted(spaced(node.segment))}"


def _history(node: nodes.History, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    if node.function == "did":
        return histories.did(node, speech, denied=denied)
    return f"{speech.value(node)} is {'no' if denied else 'yes'}"


def _field(node: nodes.Field, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    if (node.root, node.path) == ("contact", ("is_professional",)):
        return f"the person is {'not ' if denied else ''}a professional"
    return f"{speech.value(node)} is {'no' if denied else 'yes'}"


def _constant(node: nodes.Constant, speech: Speech, denied: bool) -> str:  # noqa: FBT001
    del speech
    return "always" if bool(node.value) != denied else "never"


CLAUSES: dict[type[Any], Callable[[Any, Speech, bool], str]] = {
    nodes.Not: _not,
    nodes.Logic: _logic,
    nodes.Compare: _compare,
    nodes.In: _in,
    nodes.Between: _between,
    nodes.TextTest: _text_test,
    nodes.IsKnown: _is_known,
    nodes.InSegment: _in_segment,
    nodes.History: _history,
    nodes.Field: _field,
    nodes.Constant: _constant,
    nodes.MessageTest: lambda node, speech, denied: histories.message_test(node, speech, denied=denied),
    nodes.CanReceive: lambda node, speech, denied: histories.can_receive(node, speech, denied=denied),
    nodes.CanTrack: lambda node, _, denied: histories.can_track(node, denied=denied),
}
