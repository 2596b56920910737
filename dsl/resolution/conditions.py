"""Logic and tests: each operand of `and`, `or`, `not` is a condition, each test compares what compares."""

from dsl import types
from dsl.diagnostics import did_you_mean
from dsl.nodes import (
    Between,
    Compare,
    Expression,
    In,
    InSegment,
    IsKnown,
    ListNode,
    Logic,
    Name,
    Not,
    TextTest,
)
from dsl.resolution.kinship import comparable, has_order, is_failed, is_text, orderable
from dsl.resolution.names import lookup
from dsl.resolution.reading import Reading, Typed
from dsl.source import Span
from dsl.types import ChoiceOf, ListOf, Type, describe

HAS_ORDER = "numbers, money, dates, instants, times, durations and ordered choices have an order"


def logic(node: Logic, reading: Reading, _wanted: Type | None) -> Typed:
    """`a and b`, `a or b`."""
    operands = tuple(_condition(each, f"`{node.op}` joins conditions", reading) for each in node.operands)
    return Logic(node.op, operands, node.span), types.BOOLEAN


def not_(node: Not, reading: Reading, _wanted: Type | None) -> Typed:
    """`not x`."""
    return Not(_condition(node.operand, "`not` turns a condition round", reading), node.span), types.BOOLEAN


def _condition(node: Expression, why: str, reading: Reading) -> Expression:
    operand, type_ = reading.read(node, types.BOOLEAN)
    if not is_failed(type_) and type_ != types.BOOLEAN:
        remedy = (
            "compare it: `contact.points > 0`; for a choice, name the other side again: `x == a or x == b`"
        )
        reading.error("E523", f"{why}, this is {describe(type_)}", node.span, describe(type_), remedy)
    return operand


def _meeting(left: Expression, right: Expression, reading: Reading) -> tuple[Typed, Typed]:
    """Two sides of a test. A bare word may be on either; the other side says what choice it is of."""
    if _is_word(left, reading) and not _is_word(right, reading):
        second = reading.read(right)
        return reading.read(left, second[1]), second
    first = reading.read(left)
    return first, reading.read(right, first[1])


def _is_word(node: Expression, reading: Reading) -> bool:
    """A bare word that is no name here: a value of a choice, or a mistake."""
    return isinstance(node, Name) and len(node.path) == 1 and lookup(node, reading.env) is None


def compare(node: Compare, reading: Reading, _wanted: Type | None) -> Typed:
    """`a < b`."""
    (left, left_type), (right, right_type) = _meeting(node.left, node.right, reading)
    if not is_failed(left_type, right_type):
        ordering = node.op not in ("==", "!=")
        _check_pair(node.op, left_type, right_type, node.span, reading, ordering=ordering)
    return Compare(node.op, left, right, node.span), types.BOOLEAN


def _check_pair(op: str, left: Type, right: Type, span: Span, reading: Reading, *, ordering: bool) -> None:
    if not comparable(left, right):
        message = f"{describe(left)} and {describe(right)} do not compare"
        reading.error("E520", message, span, "", _remedy(left, right))
    elif ordering and not orderable(left, right):
        unordered = left if not has_order(left) else right
        remedy = HAS_ORDER
        if isinstance(unordered, ChoiceOf):
            remedy = (
                "declare the choice with `ordered: true` in catalog.yaml, or compare with `==` and `in [..]`"
            )
        reading.error("E520", f"{describe(unordered)} has no order for `{op}`", span, "", remedy)


def _remedy(left: Type, right: Type) -> str | None:
    if isinstance(left, ListOf) or isinstance(right, ListOf):
        return "ask a list with `contains`, or a value with `in`"
    if isinstance(left, ChoiceOf) or isinstance(right, ChoiceOf):
        choice = left if isinstance(left, ChoiceOf) else right
        return f"it is {describe(choice)}"
    if {left, right} & {types.DATE, types.INSTANT} and types.NUMBER in (left, right):
        return "a day is written year-month-day, like 2026-12-25; to count days, `days_since(contact.x) > 30`"
    if types.DURATION in (left, right):
        return "say of what: `3 days`, `2 hours`"
    if is_text(left) or is_text(right):
        return 'only text compares with text, which stands in double quotes: `"text"`'
    return None


def in_(node: In, reading: Reading, _wanted: Type | None) -> Typed:
    """`a in [b, c]`, `a in event.skus`."""
    value, type_ = reading.read(node.value)
    if isinstance(node.options, ListNode) and not node.options.items:
        reading.error(
            "E520", "nothing is in an empty list", node.options.span, "", "name the values: `[FR, BE]`"
        )
        return node, types.BOOLEAN
    options, list_type = reading.read(node.options, ListOf(type_))
    if is_failed(list_type, type_):
        return node, types.BOOLEAN
    if not isinstance(list_type, ListOf):
        remedy = "name the values: `[FR, BE]`; for a segment, `in segment vip`"
        reading.error(
            "E520", f"`in` needs a list, this is {describe(list_type)}", node.options.span, "", remedy
        )
    elif not is_failed(list_type.item) and not comparable(type_, list_type.item):
        _check_pair("in", type_, list_type.item, node.span, reading, ordering=False)
    return In(value, options, node.negated, node.span), types.BOOLEAN


def between(node: Between, reading: Reading, _wanted: Type | None) -> Typed:
    """`a between b and c`."""
    value, type_ = reading.read(node.value)
    ends = [reading.read(node.low, type_), reading.read(node.high, type_)]
    for _end, end_type in ends:
        if not is_failed(type_, end_type):
            _check_pair("between", type_, end_type, node.span, reading, ordering=True)
            if not orderable(type_, end_type):
                break
    return Between(value, ends[0][0], ends[1][0], node.span), types.BOOLEAN


def text_test(node: TextTest, reading: Reading, _wanted: Type | None) -> Typed:
    """`a contains b`, `a starts with b`."""
    value, type_ = reading.read(node.value)
    is_list = isinstance(type_, ListOf) and node.op == "contains"
    wanted = type_.item if isinstance(type_, ListOf) else types.TEXT
    part, part_type = reading.read(node.part, wanted)
    made = TextTest(node.op, value, part, node.span)
    if is_failed(type_, part_type):
        return made, types.BOOLEAN
    if not is_list and not is_text(type_):
        what = "a text or a list" if node.op == "contains" else "a text"
        reading.error("E520", f"`{node.op}` looks into {what}, this is {describe(type_)}", value.span)
    elif not comparable(wanted, part_type):
        what = describe(wanted)
        reading.error("E520", f"`{node.op}` looks for {what} here, this is {describe(part_type)}", part.span)
    return made, types.BOOLEAN


def is_known(node: IsKnown, reading: Reading, _wanted: Type | None) -> Typed:
    """`a is known`: of any type."""
    value, _type = reading.read(node.value)
    return IsKnown(value, node.negated, node.span), types.BOOLEAN


def in_segment(node: InSegment, reading: Reading, _wanted: Type | None) -> Typed:
    """`in segment vip`."""
    known = reading.env.segments
    if node.segment not in known:
        span = node.span
        if span.end - span.start > len(node.segment):
            span = Span(span.end - len(node.segment), span.end)
        remedy = did_you_mean(node.segment, known) or "define it in segments.yaml"
        return reading.failed(
            node, "E515", f"unknown segment `{node.segment}`", span, "not in segments.yaml", remedy
        )
    return node, types.BOOLEAN
