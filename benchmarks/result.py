"""What a benchmark says: one ratio taken in one run, the aim for it, and the figures that it comes from."""

import platform
import sys
import sysconfig
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
            "figures": {name: _rounded(value) for name, value in self.figures.items()}
            | {"python": _python()},
        }


def _rounded(value: float | str) -> float | int | str:
    return round(value, 2) if isinstance(value, float) else value


def _python() -> str:
    """Which one measures: without optimisation it takes up to a half more for the same work."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    # Distributions optimise theirs, though their arguments do not say so.
    optimised = "--enable-optimizations" in arguments or sys.base_prefix == "/usr"
    return f"{platform.python_version()}, {'optimised' if optimised else 'not optimised'}"
