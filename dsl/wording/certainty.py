"""What is already sure of a limit's condition for one message, so that nobody reads what never applies."""

from decimal import Decimal

from dsl.nodes import Choice, Compare, Constant, Expression, Field, Logic

ORDERS = {"<": (-1,), "<=": (-1, 0), "==": (0,), "!=": (-1, 1), ">=": (0, 1), ">": (1,)}


def remaining(node: Expression, facts: dict[str, Decimal | str]) -> Expression | bool:
    """The part of a condition that is still open once `priority`, `class` and `channel` are known.

    True where it surely holds, False where it surely does not.
    """
    if isinstance(node, Logic):
        return _logic(node, facts)
    if not (isinstance(node, Compare) and isinstance(node.left, Field) and node.left.root == "message"):
        return node
    known = facts.get(node.left.path[0])
    if (
        isinstance(known, Decimal)
        and isinstance(node.right, Constant)
        and isinstance(node.right.value, Decimal)
    ):
        return (known > node.right.value) - (known < node.right.value) in ORDERS[node.op]
    if isinstance(known, str) and isinstance(node.right, Choice) and node.op in ("==", "!="):
        return (known == node.right.value) == (node.op == "==")
    return node


def _logic(node: Logic, facts: dict[str, Decimal | str]) -> Expression | bool:
    decides = node.op == "or"
    left = [remaining(each, facts) for each in node.operands]
    if any(each is decides for each in left):
        return decides
    open_ = tuple(each for each in left if not isinstance(each, bool))
    if len(open_) < 2:  # noqa: PLR2004 - one condition is no `and`
        return open_[0] if open_ else not decides
    return Logic(node.op, open_, node.span)
