"""Three-valued logic, as in SQL: True, False, and None for unknown.

`and` is false as soon as one operand is, `or` true as soon as one is; otherwise one unknown operand makes
them unknown, and `not` of unknown is unknown. Tests about an unknown value are unknown, but for `is known`.
"""

from collections.abc import Mapping

from dsl import nodes
from dsl.nodes import Comparison, Expression
from dsl.scope import Scope
from dsl.semantics.closures import Build, Closure
from dsl.semantics.comparison import OPERATORS, PLAIN, compared, equal, ranked
from dsl.values import Value


def not_(node: nodes.Not, build: Build) -> Closure:
    """`not x`."""
    operand = build(node.operand)

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        value = operand(scope, seen)
        return None if value is None else not value

    return closure


def logic(node: nodes.Logic, build: Build) -> Closure:
    """`a and b`, `a or b`: stops at the operand that decides."""
    operands = tuple(build(each) for each in node.operands)
    deciding = node.op == "or"

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        result: bool | None = not deciding
        for operand in operands:
            value = operand(scope, seen)
            if value is deciding:
                return deciding
            if value is None:
                result = None
        return result

    return closure


def options_of(*operands: Expression) -> tuple[str, ...]:
    """The list of the ordered choice that two operands are compared in; empty for any other type."""
    for operand in operands:
        if isinstance(operand, nodes.Field) and operand.options:
            return operand.options
        if isinstance(operand, nodes.Choice) and operand.ordered:
            return operand.options
    return ()


def compare(node: nodes.Compare, build: Build) -> Closure:
    """`a < b`."""
    left, right, op = build(node.left), build(node.right), node.op
    options = options_of(node.left, node.right)
    if options and op not in ("==", "!="):
        return lambda scope, seen: ranked(op, left(scope, seen), right(scope, seen), options)
    test = OPERATORS[op]

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        a, b = left(scope, seen), right(scope, seen)
        # The usual case by the shortest way: this is the inner loop of every scan.
        if type(a) is type(b) and type(a) in PLAIN:
            return test(a, b)
        return compared(op, a, b, scope)

    return closure


def in_(node: nodes.In, build: Build) -> Closure:
    """`a in [b, c]`: true where one is equal, else unknown where one is unknown."""
    value, options = build(node.value), build(node.options)
    if isinstance(node.options, nodes.ListNode):
        words = [each.value for each in node.options.items if isinstance(each, nodes.Choice)]
        if words and len(words) == len(node.options.items):
            return _in_choices(value, frozenset(words), negated=node.negated)

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        wanted, among = value(scope, seen), options(scope, seen)
        if among is None or (wanted is None and among):
            return None
        results = [equal(wanted, each, scope) for each in among]
        found = True if True in results else None if None in results else False
        return None if found is None else found is not node.negated

    return closure


def _in_choices(value: Closure, among: frozenset[str], *, negated: bool) -> Closure:
    """Words in a list of words, of which none is unknown."""

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        wanted = value(scope, seen)
        return None if wanted is None else (wanted in among) is not negated

    return closure


def between(node: nodes.Between, build: Build) -> Closure:
    """`a between b and c`: `b <= a and a <= c`."""
    value, low, high = build(node.value), build(node.low), build(node.high)
    options = options_of(node.value, node.low, node.high)

    def at_most(a: Value, b: Value, scope: Scope) -> bool | None:
        op: Comparison = "<="
        return ranked(op, a, b, options) if options else compared(op, a, b, scope)

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        asked = value(scope, seen)
        above = at_most(low(scope, seen), asked, scope)
        below = at_most(asked, high(scope, seen), scope)
        if above is False or below is False:
            return False
        return None if above is None or below is None else True

    return closure


def text_test(node: nodes.TextTest, build: Build) -> Closure:
    """`a contains b` of a text or a list, `a starts with b`; letters count as written."""
    value, part = build(node.value), build(node.part)

    def starts(scope: Scope, seen: Mapping[str, Value]) -> Value:
        whole, start = value(scope, seen), part(scope, seen)
        return None if whole is None or start is None else whole.startswith(start)

    def contains(scope: Scope, seen: Mapping[str, Value]) -> Value:
        whole, asked = value(scope, seen), part(scope, seen)
        if whole is None or asked is None:
            return None
        if isinstance(whole, str):
            return asked in whole
        results = [equal(asked, each, scope) for each in whole]
        return True if True in results else None if None in results else False

    return starts if node.op == "starts with" else contains


def is_known(node: nodes.IsKnown, build: Build) -> Closure:
    """`a is known`, `a is unknown`: never unknown itself."""
    value, negated = build(node.value), node.negated
    return lambda scope, seen: (value(scope, seen) is None) is negated
