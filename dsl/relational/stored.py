"""Names as they are stored: columns of `contacts`, JSON of attributes and of events.

What is stored and is not of the type that today's catalog declares is unknown, as it is for the evaluator.
"""

from decimal import Decimal

from dsl import types
from dsl.nodes import Field
from dsl.relational.terms import NotInSql, Term, Translation, quoted
from dsl.types import ChoiceOf, ListOf, Number, Record, Simple, Type

COLUMNS = frozenset({"id", "email", "phone", "locale", "timezone", "is_professional", "created_at"})
DAY_CLOCK = r"^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$"
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$"
AMOUNT = r"^-?\d+(\.\d+)?$"


def field(node: Field, to: Translation) -> Term:
    """A name whose meaning is known."""
    if node.root == "contact":
        return _attribute(node.path, to)
    if node.root == "property" and to.looked is not None:
        return event_property(to, node.path)
    if node.root == "clock" and node.path[0] != "entry":
        return _clock(node.path[0], to)
    raise NotInSql(f"`{'.'.join(node.path)}` belongs to a run or to an event, not to the base")


def _clock(word: str, to: Translation) -> Term:
    if word == "now":
        return Term(to.parameter(to.now, "timestamptz"), types.INSTANT)
    return Term(to.parameter(to.now.astimezone(to.zone).date(), "date"), types.DATE)


def _attribute(path: tuple[str, ...], to: Translation) -> Term:
    name, rest = path[0], path[1:]
    declared = to.world.catalog.attributes.get(name)
    if declared is None:
        return Term("null::text", types.TEXT)
    if declared.computed is not None:
        return to.at(None).read(declared.computed)
    if name in COLUMNS:
        return Term(f"c.{name}", declared.type)
    return walked(f"c.attributes -> {quoted(name)}", declared.type, rest, to)


def event_property(to: Translation, path: tuple[str, ...]) -> Term:
    """A property of the event looked at; `before` and `after` of a change have a type in each row."""
    looked = to.looked
    assert looked is not None
    if path == ("at",):
        return Term(f"{looked.alias}.at", types.INSTANT)
    if looked.event.name == "contact.changed" and path[0] in {"before", "after"}:
        raise NotInSql("`before` and `after` of a change have the type of the attribute that changed")
    type_ = looked.event.properties.field(path[0])
    if type_ is None:
        return Term("null::text", types.TEXT)
    return walked(f"{looked.alias}.properties -> {quoted(path[0])}", type_, path[1:], to)


def walked(json: str, type_: Type, path: tuple[str, ...], to: Translation) -> Term:
    """The term at a path below a JSON value: into records by name, over a list one field of each element."""
    for position, name in enumerate(path):
        if isinstance(type_, ListOf):
            return _fields_of(json, type_.item, path[position:], to)
        inner = type_.field(name) if isinstance(type_, Record) else None
        if inner is None:
            return Term("null::text", types.TEXT)
        json, type_ = f"({json}) -> {quoted(name)}", inner
    return from_json(json, type_, to)


def _fields_of(json: str, item: Type, path: tuple[str, ...], to: Translation) -> Term:
    """One field of each element of a list, as a list."""
    element = to.alias("element")
    inner, type_ = f"{element}.value", item
    for name in path:
        found = type_.field(name) if isinstance(type_, Record) else None
        if found is None or isinstance(found, ListOf):
            raise NotInSql(f"`{name}` is a list in a list")
        inner, type_ = f"({inner}) -> {quoted(name)}", found
    rows = f"jsonb_array_elements({json}) as {element}(value)"
    collected = f"jsonb_agg({inner})"
    listed = f"(select {collected} from {rows})"  # noqa: S608 - names are the catalog's, quoted
    return Term(f"case when jsonb_typeof({json}) = 'array' then coalesce({listed}, '[]') end", ListOf(type_))


def from_json(json: str, type_: Type, to: Translation) -> Term:
    """A JSON value as a value of a type."""
    text = f"(({json}) #>> '{{}}')"
    match type_:
        case Number():
            return Term(_number(json, text, type_), type_)
        case ChoiceOf(options=options):
            among = to.parameter(list(options), "text[]")
            return Term(f"case when {text} = any({among}) then {text} end", type_)
        case ListOf():
            return Term(f"case when jsonb_typeof({json}) = 'array' then {json} end", type_)
        case Record():
            return Term(f"case when jsonb_typeof({json}) = 'object' then {json} end", type_)
        case Simple(name="money"):
            return _money(json, text, to)
        case Simple():
            return Term(_simple(type_.name, json, text), type_)
    raise NotInSql(f"{types.describe(type_)} is not stored")


def _number(json: str, text: str, type_: Number) -> str:
    bounds = [f"{text}::numeric >= {_bound(type_.minimum)}" if type_.minimum is not None else ""]
    bounds += [f"{text}::numeric <= {_bound(type_.maximum)}" if type_.maximum is not None else ""]
    within = " and ".join(each for each in bounds if each)
    value = f"case when {within} then {text}::numeric end" if within else f"{text}::numeric"
    return f"case when jsonb_typeof({json}) = 'number' then {value} end"


def _bound(number: Decimal) -> str:
    return f"({number})"


def _simple(name: str, json: str, text: str) -> str:
    if name == "date":
        return f"json_date({json})"
    if name == "boolean":
        return f"case when jsonb_typeof({json}) = 'boolean' then {text}::boolean end"
    checks = {"time": (CLOCK, "time"), "instant": (DAY_CLOCK, "timestamptz")}
    if name in checks:
        pattern, cast = checks[name]
        return f"case when {text} ~ {quoted(pattern)} then {text}::{cast} end"
    return f"case when jsonb_typeof({json}) = 'string' then {text} end"


def _money(json: str, text: str, to: Translation) -> Term:
    """A bare number is in the brand's currency; an object names its own."""
    brand = to.parameter(to.world.catalog.brand.currency, "text")
    inner = f"(({json}) ->> 'amount')"
    amount = (
        f"case jsonb_typeof({json}) when 'number' then {text}::numeric "
        f"when 'object' then case when {inner} ~ {quoted(AMOUNT)} then {inner}::numeric end end"
    )
    currency = (
        f"case jsonb_typeof({json}) when 'number' then {brand} when 'object' then ({json}) ->> 'currency' end"
    )
    return Term(amount, types.MONEY, currency=currency)
