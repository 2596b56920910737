"""How long what comes of a template can be, before it is filled for anybody."""

from collections.abc import Iterable

from jinja2 import TemplateSyntaxError, nodes

from dsl.template_uses import parsed

VALUE_LENGTH = 10
"""How many characters a value is taken to have: a first name, a price, a day and month."""


def longest(text: str) -> int:
    """How many characters can come of a text; a value counts as ten. 0 for what Jinja2 cannot read."""
    try:
        return _longest(parsed(text).body)
    except TemplateSyntaxError:
        return 0


def _longest(body: Iterable[nodes.Node]) -> int:
    return sum(map(_length, body))


def _length(node: nodes.Node) -> int:
    match node:
        case nodes.TemplateData(data=data):
            return len(data)
        case nodes.If(body=body, elif_=others, else_=otherwise):
            return max(_longest(body), *(_longest(each.body) for each in others), _longest(otherwise))
        case nodes.Output(nodes=pieces):
            return _longest(pieces)
        case nodes.For(body=body):
            return _longest(body)
        case nodes.Const(value=str() as value):
            return len(value)
        case nodes.CondExpr(expr1=one, expr2=other):
            return max(_length(one), _length(other) if other else 0)
        case nodes.Expr():
            return VALUE_LENGTH
    return 0
