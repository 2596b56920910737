"""Resolved expressions as plain English: the third back end beside the evaluator and SQL.

The sentences are exact before they are elegant, since people sign them: brackets stand wherever `and` and
`or` mix, both ends of a range are named, and what is a name of the files stands in quotation marks.
"""

from dataclasses import replace

from dsl.frozen import dataclass
from dsl.nodes import Expression, Logic
from dsl.wording import clauses, nouns
from dsl.wording.speech import Names


@dataclass(frozen=True)
class English:
    """Says the expressions of one scenario, with the names of its world."""

    names: Names

    def value(self, node: Expression) -> str:
        """The expression as a noun: `the person's tier`."""
        return nouns.noun(node, self)

    def clause(self, node: Expression) -> str:
        """The condition as a statement: `the person's tier is “silver” or higher`."""
        return clauses.clause(node, self, denied=False)

    def denied(self, node: Expression) -> str:
        """Its contrary: `the person's tier is lower than “silver”`."""
        return clauses.clause(node, self, denied=True)

    def about(self, event: str) -> "English":
        """The same inside a `where`, where bare names are properties of the event."""
        return English(replace(self.names, looked_at=event))

    def conditions(self, node: Expression) -> tuple[str, ...]:
        """The statements that must all hold: the parts of an `and`, or the condition itself."""
        if isinstance(node, Logic) and node.op == "and":
            return tuple(self.clause(each) for each in node.operands)
        return (self.clause(node),)
