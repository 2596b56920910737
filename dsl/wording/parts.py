"""The expressions of a plan, wherever in it they stand."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from dsl.policy import Formula


def formulas(part: Any) -> Iterator[Formula]:
    """Every formula of a plan or of a part of one, in the order of its fields."""
    if isinstance(part, Formula):
        yield part
    elif isinstance(part, tuple | list):
        for each in part:
            yield from formulas(each)
    elif is_dataclass(part):
        for field in fields(part):
            yield from formulas(getattr(part, field.name))
