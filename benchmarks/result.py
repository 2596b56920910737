"""What a benchmark says: one ratio taken in one run, the aim for it, and the figures that it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, float | int | str]


@dataclass(frozen=True)
class Result:
    """`ratio` is a cost over another (lower is better) unless `at_least`, where it is a gain.

    `aim` bounds it, `figures` are measured in the same run: rates a second, CPU in milliseconds each.
    """

    name: str
    ratio: float
    aim: float
    figures: Figures
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the ratio reaches the aim."""
        return self.ratio >= self.aim if self.at_least else self.ratio <= self.aim

    def as_json(self) -> dict[str, Any]:
        """The shape that other programs read."""
        return {
            "name": self.name,
            "ratio": round(self.ratio, 3),
            "aim": self.aim,
            "holds": self.holds,
            "figures": {name: _rounded(value) for name, value in self.figures.items()},
        }


def _rounded(value: float | str) -> float | int | str:
    return round(value, 2) if isinstance(value, float) else value
