"""Somebody to look at messages for, and what they did: a value of its type for all that is declared."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from dsl.catalog import Catalog
from dsl.evaluate import value_of
from dsl.plan import Plan
from dsl.plan_triggers import ApiTrigger, EventTrigger, ReachTrigger, Trigger
from dsl.scope import Scope
from dsl.types import ChoiceOf, ListOf, Number, Record, Simple, Type
from dsl.values import Duration, Money, Value

_BY_NAME: Mapping[str, Value] = {
    "first_name": "Camille",
    "last_name": "Moreau",
    "city": "Lyon",
    "postcode": "69002",
}
_BY_TYPE: Mapping[str, Value] = {
    "text": "sample",
    "boolean": True,
    "date": date(1988, 3, 14),
    "instant": datetime(2026, 3, 14, 9, tzinfo=UTC),
    "time": time(9),
    "duration": Duration(days=3),
    # Names and numbers that can be nobody's: RFC 2606, and ARCEP's range for fiction.
    "email": "camille@example.com",
    "phone": "+33639980042",
}


def sample_person(catalog: Catalog, known: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """Every stored attribute with a value: that of `known` where it has one."""
    given = known or {}
    stored = [each for each in catalog.attributes.values() if each.computed is None]
    made = {each.name: _value(each.name, each.type, catalog.brand.currency) for each in stored}
    return made | {"id": "preview"} | {name: value for name, value in given.items() if value is not None}


def sample_run(plan: Plan, scope: Scope) -> Scope:
    """What a run of a plan sees of the person of `scope`: an event that starts it, and variables, made up."""
    catalog = scope.world.catalog
    event = dict(pair for each in plan.triggers for pair in _made_up(_properties(each, catalog), catalog))
    run = dict(_made_up(plan.variables, catalog))
    begun = replace(scope, event=event | dict(scope.event), run=run | dict(scope.run))
    lists = [each.for_each for each in plan.triggers if isinstance(each, EventTrigger) and each.for_each]
    items = value_of(lists[0], begun) if lists else None
    return replace(begun, item=items[0]) if items and isinstance(items[0], Mapping) else begun


def _properties(trigger: Trigger, catalog: Catalog) -> Iterable[tuple[str, Type]]:
    match trigger:
        case EventTrigger(pattern=pattern) | ReachTrigger(pattern=pattern):
            return catalog.events[pattern.event].properties.fields if pattern.event in catalog.events else ()
        case ApiTrigger(inputs=inputs):
            return inputs
    return ()


def _made_up(fields: Iterable[tuple[str, Type]], catalog: Catalog) -> Iterable[tuple[str, Value]]:
    return ((name, _value(name, type_, catalog.brand.currency)) for name, type_ in fields)


def _value(name: str, type_: Type, currency: str) -> Value:
    if name in ("locale", "timezone", "id"):
        return None
    if name in _BY_NAME and type_ == Simple("text"):
        return _BY_NAME[name]
    match type_:
        case Number(minimum=minimum, maximum=maximum):
            return _within(Decimal(42), minimum, maximum)
        case ChoiceOf(options=options):
            return options[0] if options else None
        case ListOf(item=item):
            # Two that differ, since what sorts or compares items does nothing with one.
            return (_value("", item, currency), _another(item, currency))
        case Record(fields=fields):
            return {field: _value(field, inner, currency) for field, inner in fields}
        case _ if type_.name == "money":
            return Money(Decimal("49.90"), currency)
        case _:
            return _BY_TYPE.get(type_.name)


def _another(type_: Type, currency: str) -> Value:
    """A second value of a type, where it has any that can be told apart."""
    match type_:
        case Number(minimum=minimum, maximum=maximum):
            return _within(Decimal(7), minimum, maximum)
        case Record(fields=fields):
            return {field: _another(inner, currency) for field, inner in fields}
        case Simple(name="money"):
            return Money(Decimal("19.90"), currency)
        case Simple(name="text"):
            return "another"
    return _value("", type_, currency)


def _within(wanted: Decimal, minimum: Decimal | None, maximum: Decimal | None) -> Decimal:
    at_least = wanted if minimum is None else max(wanted, minimum)
    return at_least if maximum is None else min(at_least, maximum)
