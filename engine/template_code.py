"""What Jinja2's operators make of values: `~` joins what is printed, and unknown is not yes.

The Python that Jinja2 writes for a template is told so, since it hands values to Python's own operators.
"""

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, operators


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

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """What is unknown has nothing in it."""
        nothing = nodes.Tuple([], "load", lineno=node.lineno)
        node.iter = nodes.Or(node.iter, nothing, lineno=node.lineno)
        super().visit_For(node, frame)

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802
        """`<`, `==`, `in` and their like."""
        self.write("(")
        self._comparable(node.expr, frame)
        for operand in node.ops:
            self.write(f" {operators[operand.op]} ")
            self._comparable(operand.expr, frame)
        self.write(")")

    def _comparable(self, node: nodes.Expr, frame: Frame) -> None:
        self.write("environment.comparable(context, ")
        self.visit(node, frame)
        self.write(")")
