"""Benchmarks whose aims are absolute: each figure beside what it may be, and how much of that is used up."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.result import Figures, Result


@dataclass(frozen=True)
class Bound:
    """A figure and the most that it may be, or the least where `at_least`."""

    name: str
    measured: float
    allowed: float
    at_least: bool = False

    @property
    def share(self) -> float:
        """How much of what is allowed is used up: more than 1 where it does not hold."""
        return self.allowed / self.measured if self.at_least else self.measured / self.allowed


def against(name: str, bounds: Sequence[Bound], figures: Figures) -> Result:
    """The worst share as the ratio, with an aim of 1; every bound among the figures."""
    told: dict[str, float | int | str] = {}
    for bound in bounds:
        sign = "at_least" if bound.at_least else "at_most"
        told |= {bound.name: bound.measured, f"{bound.name}_{sign}": bound.allowed}
    return Result(name, max(bound.share for bound in bounds), 1.0, {**told, **figures})
