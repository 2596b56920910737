"""What one value can still be: the abstract domain of the proofs.

A room is always at least as large as the truth. It gets smaller with every claim about its value, and where
nothing is left the claims contradict one another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal, TypeAlias

from dsl.nodes import Comparison
from dsl.semantics.comparison import OPERATORS

Status: TypeAlias = Literal["known", "unknown", "odd"]
"""odd: known, and compares with nothing that is written down, as an amount in another currency."""

ANY: frozenset[Status] = frozenset({"known", "unknown", "odd"})
SURE: frozenset[Status] = frozenset({"known"})
PLAIN: frozenset[Status] = frozenset({"known", "unknown"})
REFUSED: dict[Comparison, Comparison] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass
class Room:
    """Whether a value is known, and what it is where it is: one of `options`, in a range, none of `out`.

    `whole` numbers only where it is said so. All comparable values are of one Python type.
    """

    status: frozenset[Status] = ANY
    options: frozenset[Any] | None = None
    out: frozenset[Any] = frozenset()
    low: Any = None
    low_out: bool = False
    high: Any = None
    high_out: bool = False
    whole: bool = False
    of: type | None = field(default=None)

    def copy(self) -> "Room":
        """One that narrows by itself."""
        return replace(self)

    def fits(self, value: object) -> bool:
        """Whether values of this Python type are compared here; the first one decides."""
        self.of = self.of or type(value)
        return self.of is type(value)

    def keep(self, op: Comparison, value: Any) -> None:
        """Where it is known, it compares so with a value."""
        if op == "==":
            self.keep_among((value,))
        elif op == "!=":
            self.out |= {value}
        elif op in (">", ">="):
            if self.low is None or value > self.low or (value == self.low and op == ">"):
                self.low, self.low_out = value, op == ">"
        elif self.high is None or value < self.high or (value == self.high and op == "<"):
            self.high, self.high_out = value, op == "<"

    def keep_among(self, values: Iterable[Any]) -> None:
        """Where it is known, it is one of these."""
        among = frozenset(values)
        self.options = among if self.options is None else self.options & among

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left: it is neither known with some value, nor unknown."""
        return not (self.status - SURE if self._leaves_no_value() else self.status)

    def _leaves_no_value(self) -> bool:
        if self.options is not None:
            return not any(self._holds(value) for value in self.options)
        low, high = self._whole_ends() if self.whole else (self.low, self.high)
        if low is None or high is None:
            return False
        out = not self.whole and (self.low_out or self.high_out or low in self.out)
        return bool(low > high or (low == high and out))

    def _holds(self, value: Any) -> bool:
        above: Comparison = ">" if self.low_out else ">="
        below: Comparison = "<" if self.high_out else "<="
        return (
            value not in self.out
            and (self.low is None or OPERATORS[above](value, self.low))
            and (self.high is None or OPERATORS[below](value, self.high))
        )

    def _whole_ends(self) -> tuple[Decimal | None, Decimal | None]:
        """The least and the greatest whole number that is left."""
        low, high = self.low, self.high
        if low is not None:
            low = (
                low.to_integral_value(ROUND_FLOOR) + 1
                if self.low_out
                else low.to_integral_value(ROUND_CEILING)
            )
            while low in self.out:
                low += 1
        if high is not None:
            high = (
                high.to_integral_value(ROUND_CEILING) - 1
                if self.high_out
                else high.to_integral_value(ROUND_FLOOR)
            )
            while high in self.out:
                high -= 1
        return low, high
