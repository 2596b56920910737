"""Functions of values, under the names of `signatures`."""

from collections.abc import Callable

from dsl import types
from dsl.nodes import Call
from dsl.relational.conditions import instant
from dsl.relational.terms import NotInSql, Term, Translation
from dsl.signatures import WEEKDAY, WEEKDAYS
from dsl.types import ListOf, Number


def call(node: Call, to: Translation) -> Term:
    """A call of a function of values."""
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise NotInSql(f"`{node.function}` is asked of each person, not of the base")
    return function([to.read(each) for each in node.arguments], to)


def _day(term: Term, to: Translation) -> str:
    """The local day of a date or an instant."""
    if term.type == types.DATE:
        return f"({term.sql})"
    return f"(({term.sql}) at time zone {to.parameter(to.zone.key, 'text')})::date"


def _today(to: Translation) -> str:
    return to.parameter(to.now.astimezone(to.zone).date(), "date")


def _extracted(part: str) -> Callable[[list[Term], Translation], Term]:
    return lambda given, to: Term(f"extract({part} from {_day(given[0], to)})", types.NUMBER)


def _days_since(given: list[Term], to: Translation) -> Term:
    apart = f"{to.parameter(to.now, 'timestamptz')} - {instant(given[0], to)}"
    return Term(f"floor(extract(epoch from {apart}) / 86400)", types.NUMBER)


def _anniversary_in(day: Term, year: str, to: Translation) -> str:
    return f"anniversary_in({day.sql}, {year}, {to.parameter(to.world.policy.leap_birthday, 'text')})"


def _anniversary(given: list[Term], to: Translation) -> Term:
    today = to.now.astimezone(to.zone).date()
    this_year = _anniversary_in(given[0], str(today.year), to)
    following = _anniversary_in(given[0], str(today.year + 1), to)
    return Term(f"(case when {this_year} >= {_today(to)} then {this_year} else {following} end)", types.DATE)


def _age(given: list[Term], to: Translation) -> Term:
    today = to.now.astimezone(to.zone).date()
    early = f"({_today(to)} < {_anniversary_in(given[0], str(today.year), to)})::integer"
    return Term(f"({today.year} - extract(year from ({given[0].sql})) - {early})", types.NUMBER)


def _weekday(given: list[Term], to: Translation) -> Term:
    names = to.parameter(list(WEEKDAYS), "text[]")
    return Term(f"({names})[extract(isodow from {_day(given[0], to)})::integer]", WEEKDAY)


def _hour(given: list[Term], to: Translation) -> Term:
    if given[0].type == types.DATE:
        return Term(f"(case when ({given[0].sql}) is not null then 0::numeric end)", types.NUMBER)
    zone = to.parameter(to.zone.key, "text")
    return Term(f"extract(hour from ({given[0].sql}) at time zone {zone})", types.NUMBER)


def _length(given: list[Term], _to: Translation) -> Term:
    function = "jsonb_array_length" if isinstance(given[0].type, ListOf) else "char_length"
    return Term(f"{function}({given[0].sql})::numeric", types.NUMBER)


def _round(given: list[Term], _to: Translation) -> Term:
    places = f"trunc({given[1].sql})::integer" if given[1:] else "0"
    type_ = types.NUMBER if isinstance(given[0].type, Number) else given[0].type
    return Term(f"round({given[0].sql}, {places})", type_, currency=given[0].currency)


def _extreme(op: str) -> Callable[[list[Term], Translation], Term]:
    """The smallest or largest: unknown where one is, which `least` and `greatest` are not."""

    def function(given: list[Term], to: Translation) -> Term:
        if any(each.currency or each.type == types.DURATION for each in given):
            raise NotInSql("amounts and durations are compared for each person, not in the base")
        if len({each.type for each in given} & {types.DATE, types.INSTANT}) > 1:
            given = [Term(instant(each, to), types.INSTANT) for each in given]
        known = " and ".join(f"({each.sql}) is not null" for each in given)
        values = ", ".join(each.sql for each in given)
        type_ = types.NUMBER if isinstance(given[0].type, Number) else given[0].type
        return Term(f"(case when {known} then {op}({values}) end)", type_)

    return function


def _coalesce(given: list[Term], to: Translation) -> Term:
    if any(each.currency or each.type == types.DURATION for each in given):
        raise NotInSql("amounts and durations are chosen for each person, not in the base")
    if len({each.type for each in given} & {types.DATE, types.INSTANT}) > 1:
        given = [Term(instant(each, to), types.INSTANT) for each in given]
    return Term(f"coalesce({', '.join(each.sql for each in given)})", given[0].type)


FUNCTIONS: dict[str, Callable[[list[Term], Translation], Term]] = {
    "days_since": _days_since,
    "anniversary": _anniversary,
    "age": _age,
    "weekday": _weekday,
    "hour": _hour,
    "date": lambda given, to: Term(_day(given[0], to), types.DATE),
    "day": _extracted("day"),
    "month": _extracted("month"),
    "length": _length,
    "round": _round,
    "min": _extreme("least"),
    "max": _extreme("greatest"),
    "coalesce": _coalesce,
}
"""`lower` and `upper` are missing: what they do to accents depends on how the database was made."""
