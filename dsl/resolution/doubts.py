"""Warnings where `not` or `!=` sits on something that may be unknown and nothing guards it.

`contact.country != FR` is no for who has no country: people are left out whom the writer meant. A guard is
`x is known` beside it under `and`, `x is unknown` beside it under `or`, a plain test of the same thing beside
it under `and` (which says no for the same people), `can_track`, or `coalesce`.
"""

from collections.abc import Iterator

from dsl.catalog import TRACKED_EVENTS
from dsl.diagnostics import Diagnostic
from dsl.environment import Environment
from dsl.frozen import dataclass
from dsl.nodes import (
    Between,
    Call,
    CanTrack,
    Compare,
    Constant,
    Expression,
    Field,
    History,
    In,
    IsKnown,
    Logic,
    MessageTest,
    Not,
    TextTest,
)
from dsl.traversal import operands

ALWAYS_KNOWN = frozenset({"id", "created_at"})
NEVER_EMPTY = frozenset({"did", "count", "sum"})
TRACKED_TESTS = {"opened": "opens", "clicked": "clicks"}


@dataclass(frozen=True)
class Cause:
    """Something that may be unknown. `guard` is what would settle it, as `x is known` names it."""

    node: Expression
    guard: Expression
    because: str
    remedy: str


def doubts(expression: Expression, env: Environment) -> Iterator[Diagnostic]:
    """The warnings of a resolved expression, one for each `not` or `!=`."""
    return _walk(expression, env, guards=())


def _walk(node: Expression, env: Environment, guards: tuple[Expression, ...]) -> Iterator[Diagnostic]:
    if isinstance(node, Logic):
        for operand in node.operands:
            beside = tuple(
                each for other in node.operands if other is not operand for each in _settled(other, node.op)
            )
            yield from _walk(operand, env, guards + beside)
        return
    negated = _negated(node)
    if negated is not None:
        cause = next((c for c in causes(negated, env) if c.guard not in guards), None)
        if cause is not None:
            yield _warning(node, cause, env)
            return
    if isinstance(node, History) and node.where is not None:
        yield from _walk(node.where, env, guards=())
    for part in operands(node):
        yield from _walk(part, env, guards)


def _negated(node: Expression) -> Expression | None:
    """What a negation sits on."""
    match node:
        case Not(operand=operand):
            return operand
        case Compare(op="!=") | In(negated=True):
            return node
    return None


def _settled(operand: Expression, op: str) -> Iterator[Expression]:
    """What is known, or unknown for all that it matters, once an operand beside has been asked."""
    match operand:
        case IsKnown(value=value, negated=negated) if negated == (op == "or"):
            yield value
        case CanTrack() if op == "and":
            yield operand
        case Not(operand=CanTrack() as asked) if op == "or":
            yield asked
        case Logic(op=inner) if inner == op:
            for each in operand.operands:
                yield from _settled(each, op)
        case Compare(op=comparison) if op == "and" and comparison != "!=":
            yield from (operand.left, operand.right)
        case In(negated=False, value=value) | Between(value=value) | TextTest(value=value) if op == "and":
            yield value


def causes(node: Expression, env: Environment) -> Iterator[Cause]:
    """What in a part may make it unknown."""
    match node:
        case IsKnown() | Constant():
            return
        case Field():
            if _may_be_missing(node, env):
                yield _missing(node, _written(node))
        case MessageTest(function=("opened" | "clicked") as function):
            yield _untracked(node, TRACKED_TESTS[function])
        case History(event=event) if event in TRACKED_EVENTS:
            yield _untracked(node, TRACKED_EVENTS[event])
        case History(function=function) if function not in NEVER_EMPTY:
            yield _missing(node, f"{function}({node.event})")
        case Call(function="coalesce", arguments=arguments):
            yield from causes(arguments[-1], env)
        case _:
            for part in operands(node):
                yield from causes(part, env)


def _may_be_missing(node: Field, env: Environment) -> bool:
    if node.root != "contact":
        return node.root not in {"clock", "message"}
    declared = env.catalog.attributes.get(node.path[0])
    if declared is not None and declared.computed is not None:
        return any(causes(declared.computed, env))
    return node.path[0] not in ALWAYS_KNOWN


def _written(node: Field) -> str:
    dotted = ".".join(node.path)
    return f"{node.root}.{dotted}" if node.root in ("contact", "event", "item", "run") else dotted


def _missing(node: Expression, name: str) -> Cause:
    return Cause(
        node,
        node,
        f"`{name}` may be unknown, and then this is not true",
        f"say what holds then: `{name} is unknown or ...`, or `{name} is known and ...`",
    )


def _untracked(node: Expression, what: str) -> Cause:
    guard = CanTrack("opens" if what == "opens" else "clicks")
    return Cause(
        node,
        guard,
        f"{what} are unknown for people who may not be tracked, and then this is not true",
        f"say whom it is about: `can_track({what}) and ...`",
    )


def _warning(node: Expression, cause: Cause, env: Environment) -> Diagnostic:
    word = "`!=`" if isinstance(node, Compare) else "`not`"
    return Diagnostic(
        "W530",
        "warning",
        f"{word} on something that may be unknown",
        env.file,
        cause.node.span,
        "may be unknown",
        cause.remedy,
        cause.because,
    )
