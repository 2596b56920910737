"""Literals and calculations, by the rules of `semantics.arithmetic`: exact, and quotients to 20 places."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from dsl import types
from dsl.nodes import Calculate, Constant, Negative
from dsl.relational.conditions import instant
from dsl.relational.terms import NotInSql, Term, Translation
from dsl.types import Number
from dsl.values import Duration

DAY_SECONDS = 86_400
DAYS_OF_A_MONTH = 30
WRITTEN = re.compile(r"[(\-\d)]+")
LAST_DAY = "date '9999-12-31'"
"""Of Python's calendar; PostgreSQL's goes on."""


def constant(node: Constant, to: Translation) -> Term:
    """A literal."""
    match node.value:
        case bool():
            return Term(to.parameter(node.value, "boolean"), types.BOOLEAN)
        case Decimal():
            return Term(to.parameter(node.value, "numeric"), types.NUMBER)
        case str():
            return Term(to.parameter(node.value, "text"), types.TEXT)
        case datetime():
            return Term(to.parameter(node.value, "timestamptz"), types.INSTANT)
        case date():
            return Term(to.parameter(node.value, "date"), types.DATE)
        case time():
            return Term(to.parameter(node.value, "time"), types.TIME)
        case Duration(months=months, days=days, seconds=seconds):
            return duration(str(months), str(days), str(seconds))
    raise NotInSql(f"{type(node.value).__name__} is no literal")


def duration(months: str, days: str, seconds: str) -> Term:
    """A duration of three numbers."""
    exact = f"((({months}) * {DAYS_OF_A_MONTH} + ({days})) * {DAY_SECONDS}::numeric + ({seconds}))"
    return Term(exact, types.DURATION, parts=(months, days, seconds))


def negative(node: Negative, to: Translation) -> Term:
    """`-x`."""
    operand = to.read(node.operand)
    if operand.type == types.DURATION:
        return duration(*(f"(-({part}))" for part in operand.parts))
    return Term(f"(-({operand.sql}))", _plain(operand.type), currency=operand.currency)


def _plain(type_: types.Type) -> types.Type:
    return types.NUMBER if isinstance(type_, Number) else type_


def calculate(node: Calculate, to: Translation) -> Term:
    """`a + b`."""
    left, right = to.read(node.left), to.read(node.right)
    pair = (_plain(left.type), _plain(right.type))
    if types.DURATION in pair or node.op == "-":
        moved = _of_time(node.op, left, right, to)
        if moved is not None:
            return moved
    if node.op in "+-":
        return _sum(node.op, left, right)
    if node.op == "*":
        return Term(
            f"(({left.sql}) * ({right.sql}))", _either(pair), currency=left.currency or right.currency
        )
    return _quotient(left, right, to)


def _either(pair: tuple[types.Type, types.Type]) -> types.Type:
    return types.MONEY if types.MONEY in pair else types.NUMBER


def _sum(op: str, left: Term, right: Term) -> Term:
    plain = f"(({left.sql}) {op} ({right.sql}))"
    if left.type != types.MONEY:
        return Term(plain, types.NUMBER)
    same = f"({left.currency}) = ({right.currency})"
    return Term(
        f"(case when {same} then {plain} end)",
        types.MONEY,
        currency=f"(case when {same} then {left.currency} end)",
    )


def quotient(left: str, right: str) -> str:
    """A quotient to 20 places; unknown by zero."""
    return f"round(round({left}, 40) / nullif({right}, 0), 20)"


def _quotient(left: Term, right: Term, _to: Translation) -> Term:
    share = quotient(f"({left.sql})", f"({right.sql})")
    if types.MONEY == left.type == right.type:
        return Term(f"(case when ({left.currency}) = ({right.currency}) then {share} end)", types.NUMBER)
    return Term(share, _plain(left.type), currency=left.currency)


def _of_time(op: str, left: Term, right: Term, to: Translation) -> Term | None:
    """What durations, dates and instants make; None where none of them are there."""
    days = (types.DATE, types.INSTANT)
    if left.type in days and right.type == types.DURATION:
        sign = "-" if op == "-" else ""
        return moved(left, (*(f"({sign}({part}))" for part in right.parts),), to)
    if left.type == types.DURATION and right.type in days:
        return moved(right, left.parts, to)
    if left.type in days and right.type in days:
        return _apart(left, right, to)
    if left.type == right.type == types.DURATION and op in "+-":
        return duration(*(f"({a} {op} {b})" for a, b in zip(left.parts, right.parts, strict=True)))
    if types.DURATION in (left.type, right.type):
        return _scaled(op, left, right)
    return None


def _scaled(op: str, left: Term, right: Term) -> Term:
    """A duration so many times, or the ratio of two; whole calendar parts only where SQL can see them."""
    if op == "/" and left.type == right.type:
        return Term(quotient(left.sql, right.sql), types.NUMBER)
    if op == "/":
        return duration("0", "0", f"round({quotient(left.sql, f'({right.sql})')})")
    length, factor = (left, right.sql) if left.type == types.DURATION else (right, left.sql)
    months, days, seconds = (f"({part} * ({factor}))" for part in length.parts)
    whole = f"({months} = trunc({months}) and {days} = trunc({days}))"
    exact = f"round({length.sql} * ({factor}))"
    return duration(
        f"(case when {whole} then {months} when ({factor}) is not null then 0 end)",
        f"(case when {whole} then {days} when ({factor}) is not null then 0 end)",
        f"(case when {whole} then round({seconds}) else {exact} end)",
    )


def _apart(left: Term, right: Term, to: Translation) -> Term:
    if left.type == right.type == types.DATE:
        return duration("0", f"(({left.sql}) - ({right.sql}))", "0")
    seconds = f"trunc(extract(epoch from {instant(left, to)} - {instant(right, to)}))"
    return duration("0", "0", seconds)


def moved(day: Term, parts: tuple[str, ...], to: Translation) -> Term:
    """A date or an instant moved by a duration as written.

    One that is calculated from data could leave the calendar, which PostgreSQL answers with an error.
    """
    months, days, seconds = parts
    if not all(WRITTEN.fullmatch(part) for part in parts):
        raise NotInSql("moved by a duration that is calculated for each person")
    calendar = f"make_interval(months => ({months})::integer, days => ({days})::integer)"
    exact = f"make_interval(secs => ({seconds})::double precision)"
    zone = to.parameter(to.zone.key, "text")
    if day.type == types.DATE:
        date_ = f"(({day.sql}) + {calendar})"
        if seconds.strip("(-)") == "0":
            return Term(f"(case when {date_} <= {LAST_DAY} then {date_}::date end)", types.DATE)
        return Term(f"(instant_of({date_}, {zone}) + {exact})", types.INSTANT)
    local = f"((({day.sql}) at time zone {zone}) + {calendar})"
    stays = f"({months}) = 0 and ({days}) = 0"
    start = f"(case when {stays} then ({day.sql}) else instant_of({local}, {zone}) end)"
    return Term(f"({start} + {exact})", types.INSTANT)
