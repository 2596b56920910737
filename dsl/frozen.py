"""Dataclasses that the type checker freezes, and that Python makes as fast as any.

A frozen dataclass of the standard library sets each field by a call that passes its own `__setattr__` by:
four to five times the cost of a plain one, and a compilation makes half a million. mypy refuses the same
assignments either way, so that the check at run time would be a second one. All share one `__repr__`: the
library compiles one for each class, at every start.
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

        def decorate(plain: type) -> type:
            made = dataclasses.dataclass(plain, eq=eq, unsafe_hash=frozen and eq, repr=False, **options)
            if "__repr__" not in vars(plain):
                made.__repr__ = _shown
            return made

        return decorate if cls is None else decorate(cls)

    def _shown(record: Any) -> str:
        shown = (each for each in dataclasses.fields(record) if each.repr)
        values = ", ".join(f"{each.name}={getattr(record, each.name)!r}" for each in shown)
        return f"{type(record).__qualname__}({values})"


__all__ = ["dataclass"]
