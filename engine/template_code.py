"""What Jinja2 makes of values: `~` joins what is printed, unknown is not yes, and work is counted.

The Python that Jinja2 writes for a template is told so, since it hands values to Python's own operators.
"""

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, operators


class Generator(CodeGenerator):
    """Writes the Python of a template. Needs an environment with the methods that it calls, the `Sandbox`."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """`~`: what each part prints."""
        self.write("markup_join" if frame.eval_ctx.autoescape else "str_join")
        self.write("(environment.printed(context, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write(")))")

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """What is unknown has nothing in it, and turns are counted."""
        nothing = nodes.Tuple([], "load", lineno=node.lineno)
        given = [nodes.ContextReference(), nodes.Or(node.iter, nothing, lineno=node.lineno)]
        turns = nodes.EnvironmentAttribute("turns", lineno=node.lineno)
        node.iter = nodes.Call(turns, given, [], None, None, lineno=node.lineno)
        super().visit_For(node, frame)

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802
        """`<`, `==`, `in` and their like."""
        self.write("(")
        self._comparable(node.expr, frame)
        for operand in node.ops:
            self.write(f" {operators[operand.op]} ")
            self._comparable(operand.expr, frame)
        self.write(")")

    def buffer(self, frame: Frame) -> None:
        """What keeps a text within the template counts its characters."""
        super().buffer(frame)
        self.writeline(f"{frame.buffer} = environment.buffer(context)")

    def _comparable(self, node: nodes.Expr, frame: Frame) -> None:
        self.write("environment.comparable(context, ")
        self.visit(node, frame)
        self.write(")")
