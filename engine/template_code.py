"""What Jinja2's operators make of values: `~` joins what is printed, and unknown is not yes.

The Python that Jinja2 writes for a template is told so, since it hands `None` to Python's own operators.
"""

import operator
from collections.abc import Callable
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, operators
from jinja2.runtime import Undefined

_ORDERS = frozenset({"lt", "lteq", "gt", "gteq"})


class _Unknown:
    """What an unknown value is while it is compared: neither less nor more than anything, and in nothing.

    It equals what is unknown too, as None does. A name that there is not still stops the message.
    """

    __slots__ = ()

    def _is_not(self, other: object) -> bool:
        # Whatever there is not says so itself, when Python asks it the other way round.
        return NotImplemented if isinstance(other, Undefined) else False

    __lt__ = __le__ = __gt__ = __ge__ = _is_not

    def __eq__(self, other: object) -> bool:
        return True if other is None or other is self else NotImplemented

    def __hash__(self) -> int:
        return hash(None)

    def __contains__(self, item: object) -> bool:
        # Asked for the complaint alone, of a name that there is not, when it is compared.
        return bool(item == self) and False


_UNKNOWN = _Unknown()


def comparable(value: Any) -> Any:
    """A value that can be compared with any other."""
    return _UNKNOWN if value is None else value


def _order(of: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, other: of(comparable(value), comparable(other))


ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    name: _order(of)
    for of, names in (
        (operator.lt, ("<", "lt", "lessthan")),
        (operator.le, ("<=", "le")),
        (operator.gt, (">", "gt", "greaterthan")),
        (operator.ge, (">=", "ge")),
    )
    for name in names
}
"""The tests that compare, `points is gt 100`, by the name that templates give them."""


class Generator(CodeGenerator):
    """Writes the Python of a template. Needs an environment with `printed` and `comparable`."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """`~`: what each part prints."""
        self.write("markup_join" if frame.eval_ctx.autoescape else "str_join")
        self.write("(environment.printed(context, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write(")))")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802
        """`<`, `in` and their like; `==` is as Python has it."""
        asks = {operand.op for operand in node.ops}
        if not asks & (_ORDERS | {"in", "notin"}):
            super().visit_Compare(node, frame)
            return
        self.write("(")
        self._comparable(node.expr, frame)
        for operand in node.ops:
            self.write(f" {operators[operand.op]} ")
            self._comparable(operand.expr, frame)
        self.write(")")

    def _comparable(self, node: nodes.Expr, frame: Frame) -> None:
        self.write("environment.comparable(")
        self.visit(node, frame)
        self.write(")")
