"""Walking an expression: the operands of a node, and every node below it."""

from collections.abc import Iterator

from dsl.nodes import (
    Between,
    Calculate,
    Call,
    Compare,
    Expression,
    History,
    In,
    IsKnown,
    ListNode,
    Logic,
    Negative,
    Not,
    TextTest,
)


def operands(node: Expression) -> tuple[Expression, ...]:
    """The values that a node is made of, as written. A `where` and the ends of a window are none of them."""
    match node:
        case Not(operand=operand) | Negative(operand=operand):
            return (operand,)
        case Logic(operands=joined):
            return joined
        case Compare(left=left, right=right) | Calculate(left=left, right=right):
            return left, right
        case In(value=value, options=options):
            return value, options
        case Between(value=value, low=low, high=high):
            return value, low, high
        case TextTest(value=value, part=part):
            return value, part
        case IsKnown(value=value):
            return (value,)
        case ListNode(items=items):
            return items
        case Call(arguments=arguments):
            return arguments
    return ()


def below(node: Expression) -> tuple[Expression, ...]:
    """The operands of a node, and for a history its `where` and the ends of its window."""
    if isinstance(node, History):
        inner = (node.where, node.window.low, node.window.high)
        return tuple(each for each in inner if each is not None)
    return operands(node)


def walk(node: Expression) -> Iterator[Expression]:
    """A node and all nodes below it, in the order in which they are written."""
    pending = [node]
    while pending:
        each = pending.pop()
        yield each
        pending.extend(reversed(below(each)))
