"""What a resolved expression depends on: which data, and the key of the object that an event is about."""

from collections.abc import Iterator

from dsl.nodes import Compare, Expression, Field, History, Logic
from dsl.policy import Formula
from dsl.traversal import walk


def names_data(expression: Expression) -> bool:
    """Whether its value can change while a run waits: what its event and the clock said stays said."""
    return any(
        isinstance(each, History) or (isinstance(each, Field) and each.root in ("contact", "run"))
        for each in walk(expression)
    )


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """The conditions that must all hold."""
    if isinstance(expression, Logic) and expression.op == "and":
        for operand in expression.operands:
            yield from conjuncts(operand)
    else:
        yield expression


def about_key(where: Formula, about: str) -> Formula | None:
    """What the property that an event is about must equal, from its condition; None where it says nothing."""
    for each in conjuncts(where.root):
        if not isinstance(each, Compare) or each.op != "==":
            continue
        for side, other in ((each.left, each.right), (each.right, each.left)):
            is_about = isinstance(side, Field) and side.root == "property" and side.path == (about,)
            if is_about and isinstance(other, Field) and other.root in ("run", "event", "item"):
                return Formula(f"{other.root}.{'.'.join(other.path)}", other)
    return None
