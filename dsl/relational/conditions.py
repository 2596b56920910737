"""Logic and tests. PostgreSQL's logic is three-valued as the language's is, so most stands for itself."""

from dsl import types
from dsl.nodes import (
    Between,
    Choice,
    Compare,
    Comparison,
    In,
    InSegment,
    IsKnown,
    ListNode,
    Logic,
    Not,
    TextTest,
)
from dsl.relational.stored import from_json
from dsl.relational.terms import NotInSql, Term, Translation
from dsl.types import ChoiceOf, ListOf, Type

OPERATORS: dict[str, str] = {"!=": "<>", "==": "="}


def yes_or_no(sql: str) -> Term:
    """A condition."""
    return Term(f"({sql})", types.BOOLEAN)


def not_(node: Not, to: Translation) -> Term:
    """`not x`."""
    return yes_or_no(f"not {to.read(node.operand).sql}")


def logic(node: Logic, to: Translation) -> Term:
    """`a and b`, `a or b`."""
    return yes_or_no(f" {node.op} ".join(f"({to.read(each).sql})" for each in node.operands))


def is_known(node: IsKnown, to: Translation) -> Term:
    """`a is known`."""
    return yes_or_no(f"({to.read(node.value).sql}) is {'' if node.negated else 'not '}null")


def in_segment(node: InSegment, to: Translation) -> Term:
    """Membership by today's definition."""
    segment = to.world.segments.get(node.segment)
    if segment is None:
        return yes_or_no("null::boolean")
    inside = to.at(None).read(segment.root).sql
    return yes_or_no(f"not {inside}" if node.negated else inside)


def compare(node: Compare, to: Translation) -> Term:
    """`a < b`."""
    return yes_or_no(compared(node.op, to.read(node.left), to.read(node.right), to))


def between(node: Between, to: Translation) -> Term:
    """`a between b and c`."""
    value, low, high = to.read(node.value), to.read(node.low), to.read(node.high)
    return yes_or_no(f"{compared('<=', low, value, to)} and {compared('<=', value, high, to)}")


def compared(op: Comparison, left: Term, right: Term, to: Translation) -> str:
    """A comparison in SQL, by the rules of `semantics.comparison`."""
    sign = OPERATORS.get(op, op)
    if types.MONEY in (left.type, right.type):
        plain = f"({left.sql}) {sign} ({right.sql})"
        return f"(case when {_currency(left, to)} = {_currency(right, to)} then {plain} end)"
    options = _options(left.type, right.type) if op not in ("==", "!=") else ()
    if options:
        among = to.parameter(list(options), "text[]")
        return f"(array_position({among}, {left.sql}) {sign} array_position({among}, {right.sql}))"
    if {left.type, right.type} == {types.DATE, types.INSTANT}:
        return f"({instant(left, to)} {sign} {instant(right, to)})"
    return f"(({left.sql}) {sign} ({right.sql}))"


def _currency(term: Term, to: Translation) -> str:
    """A number that meets money is in the brand's currency."""
    return f"({term.currency})" if term.currency else to.parameter(to.world.catalog.brand.currency, "text")


def _options(left: Type, right: Type) -> tuple[str, ...]:
    for each in (left, right):
        if isinstance(each, ChoiceOf) and each.ordered:
            return each.options
    return ()


def instant(term: Term, to: Translation) -> str:
    """An instant as it is, a date as the instant of local midnight."""
    if term.type == types.INSTANT:
        return f"({term.sql})"
    return f"instant_of(({term.sql})::timestamp, {to.parameter(to.zone.key, 'text')})"


def in_(node: In, to: Translation) -> Term:
    """`a in [b, c]`: an `or` of equalities."""
    value = to.read(node.value)
    if isinstance(node.options, ListNode):
        found = (
            " or ".join(compared("==", value, to.read(each), to) for each in node.options.items) or "false"
        )
    else:
        found = _among(value, to.read(node.options), to)
    return yes_or_no(f"not ({found})" if node.negated else found)


def _among(value: Term, among: Term, to: Translation) -> str:
    """Whether a list holds a value; unknown where an element that might be it is."""
    if not isinstance(among.type, ListOf):
        raise NotInSql("a list is due")
    element = to.alias("element")
    test = compared("==", value, from_json(f"{element}.value", among.type.item, to), to)
    rows = f"jsonb_array_elements({among.sql}) as {element}(value)"
    result = f"case when bool_or({test}) then true when bool_or({test} is null) then null else false end"
    listed = f"select {result} from {rows}"  # noqa: S608 - names are the catalog's, values are placeholders
    return f"(case when ({among.sql}) is not null then ({listed}) end)"


def text_test(node: TextTest, to: Translation) -> Term:
    """`a contains b`, `a starts with b`."""
    value, part = to.read(node.value), to.read(node.part)
    if isinstance(value.type, ListOf):
        return yes_or_no(f"case when ({part.sql}) is not null then {_among(part, value, to)} end")
    if node.op == "starts with":
        return yes_or_no(f"starts_with({value.sql}, {part.sql})")
    return yes_or_no(f"position(({part.sql}) in ({value.sql})) > 0")


def choice(node: Choice, to: Translation) -> Term:
    """A value of a choice."""
    return Term(to.parameter(node.value, "text"), ChoiceOf(node.options, node.ordered))
