"""What a plan is made of, wherever in it it stands: its formulas, its patterns."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from dsl.plan_triggers import Pattern
from dsl.policy import Formula


def parts(value: Any) -> Iterator[Any]:
    """A plan or a part of one, and all that it is made of in the order of the fields, down to formulas."""
    yield value
    if isinstance(value, Formula):
        return
    if isinstance(value, tuple | list):
        for each in value:
            yield from parts(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from parts(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from parts(getattr(value, each.name))


def formulas(part: Any) -> Iterator[Formula]:
    """Every formula of a plan or of a part of one."""
    return (each for each in parts(part) if isinstance(each, Formula))


def patterns(part: Any) -> Iterator[Pattern]:
    """Every pattern of a plan or of a part of one."""
    return (each for each in parts(part) if isinstance(each, Pattern))
