"""Dataclasses that the type checker freezes, and that Python makes as fast as any.

A frozen dataclass of the standard library sets each field by a call that passes its own `__setattr__` by:
four to five times the cost of a plain one, and a compilation makes half a million. mypy refuses the same
assignments either way, so that the check at run time would be a second one.
"""

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type | None = None, /, *, frozen: bool = False, eq: bool = True, **options: Any
    ) -> Any:
        """`dataclasses.dataclass`, where `frozen` is a promise to the type checker, and gives the hash."""
        hashed = frozen and eq
        return dataclasses.dataclass(cls, eq=eq, unsafe_hash=hashed, **options)


__all__ = ["dataclass"]
