"""What one rendering may work out: far more than a message needs, and an end to what has none.

Loops in loops, macros that call themselves twice and texts that double would take minutes or all memory of a
worker, which serves everybody else at that time.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context

CHARACTERS = 1_000_000
"""Of texts that are put together within a rendering; what comes out of it is counted where it comes out."""
TURNS = 10_000
"""Of all loops together, and calls of macros."""
_TURN = CHARACTERS // TURNS
BITS = 1_024
"""Of whole numbers: multiplied by itself again and again, one has more digits than a machine can hold."""

Made = TypeVar("Made")


class Budget:
    """What is left of a rendering's characters, of which a turn takes its part."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = CHARACTERS

    def spend(self, characters: int) -> None:
        """Raises SecurityError where more is worked out than a message may need."""
        self._left -= characters
        if self._left < 0:
            raise _too_much()

    def turn(self) -> None:
        """The same for a call."""
        self.spend(_TURN)

    def turns(self, values: Iterable[Any]) -> Iterator[Any]:
        """The values, each of them a turn."""
        for value in values:
            # As `spend` does, which would take a turn twice the time.
            self._left -= _TURN
            if self._left < 0:
                raise _too_much()
            yield value


def _too_much() -> SecurityError:
    return SecurityError(f"more is worked out than {TURNS:,} turns of loops, or {CHARACTERS:,} characters")


class Spending(Context):
    """The context of one rendering, with its budget, which the contexts made of it share."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.budget = Budget()

    def derived(self, locals: Mapping[str, Any] | None = None) -> "Spending":  # noqa: A002 - Jinja2's name
        """A context of the same rendering."""
        context = super().derived(dict(locals) if locals else None)
        assert isinstance(context, Spending)
        context.budget = self.budget
        return context


class Buffer(list[str]):
    """The pieces of a text that is kept and not sent at once, `{% set %}`, a macro, a filter's block."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def append(self, piece: str) -> None:
        """One piece more. Raises SecurityError."""
        self._budget.spend(len(piece))
        super().append(piece)

    def extend(self, pieces: Iterable[str]) -> None:
        """Several. Raises SecurityError."""
        for piece in pieces:
            self.append(piece)


def within(context: Context, made: Made) -> Made:
    """What an operator or a filter makes of values, where it is not too large. Raises SecurityError."""
    if isinstance(made, str | list | tuple):
        assert isinstance(context, Spending)
        context.budget.spend(len(made))
    elif isinstance(made, int) and made.bit_length() > BITS:
        raise SecurityError("a number is larger than any that people read")
    return made
