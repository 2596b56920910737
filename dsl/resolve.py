"""Names become meanings, and every part gets a type; what means nothing or does not fit is a diagnostic.

One cause is reported once: a part that failed has the type `unknown`, with which everything is silent.
"""

from collections.abc import Mapping

from dsl import nodes, types
from dsl.diagnostics import Diagnostic
from dsl.environment import Environment
from dsl.frozen import dataclass
from dsl.nodes import Call, Expression, Unknown
from dsl.resolution import conditions, histories, names, questions, values
from dsl.resolution.doubts import doubts
from dsl.resolution.kinship import fits, is_failed
from dsl.resolution.reading import Reading, Rule, Typed
from dsl.source import Span
from dsl.types import Type, describe

RULES: Mapping[type, Rule] = {
    nodes.Constant: values.constant,
    nodes.Unknown: values.unknown,
    nodes.ListNode: values.list_,
    nodes.Negative: values.negative,
    nodes.Calculate: values.calculate,
    nodes.Choice: values.resolved,
    nodes.Field: values.resolved,
    nodes.Name: names.name,
    nodes.Not: conditions.not_,
    nodes.Logic: conditions.logic,
    nodes.Compare: conditions.compare,
    nodes.In: conditions.in_,
    nodes.Between: conditions.between,
    nodes.TextTest: conditions.text_test,
    nodes.IsKnown: conditions.is_known,
    nodes.InSegment: conditions.in_segment,
    nodes.History: histories.history,
    nodes.MessageTest: questions.message_test,
    nodes.CanReceive: questions.can_receive,
    nodes.CanTrack: questions.can_track,
    nodes.Call: questions.call,
}


@dataclass(frozen=True)
class Resolved:
    """An expression that holds no `Name` unless there are errors, its type, and what was found."""

    expression: Expression
    type: Type
    diagnostics: tuple[Diagnostic, ...] = ()


def resolve(expr: Expression, env: Environment, expected: Type | None = None) -> Resolved:
    """Resolve an expression as it stands in `env`; `expected` is the type that its place asks for.

    Errors are E210 and E510 to E525, warnings W530. The type is `unknown` where the whole failed, and for
    the word `unknown` itself, which is the value that `set` clears with.
    """
    reading = Reading(env, RULES)
    if env.looked_at is not None:
        reading = reading.looking_at(histories.sharpened(env.looked_at, expr, reading))
    expression, type_ = _whole(expr, reading, expected)
    if expected is not None and not reading.found and not fits(type_, expected):
        reading.error("E523", *_misfit(type_, expected, expr))
    if not reading.found:
        reading.found.extend(doubts(expression, env))
    return Resolved(expression, type_, tuple(reading.found))


def _whole(expr: Expression, reading: Reading, expected: Type | None) -> Typed:
    """`unknown` and `take` only stand as the whole of an expression."""
    if isinstance(expr, Unknown):
        return expr, types.UNKNOWN
    if isinstance(expr, Call) and expr.function == "take" and reading.env.allow_take:
        return questions.take(expr, reading)
    read, type_ = reading.read(expr, expected)
    return read, types.UNKNOWN if is_failed(type_) else type_


def _misfit(type_: Type, expected: Type, expr: Expression) -> tuple[str, Span, str, str | None]:
    if expected == types.BOOLEAN:
        remedy = "compare it: `contact.points > 0`, `contact.email is known`"
        return f"this must be a condition, it is {describe(type_)}", expr.span, describe(type_), remedy
    return f"this must be {describe(expected)}, it is {describe(type_)}", expr.span, describe(type_), None
