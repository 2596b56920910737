"""Whether a scenario does anything: the conversion of those who got it beside that of those held out."""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964
"""Of the normal distribution: 95 % lies within so many standard deviations."""


@dataclass(frozen=True)
class Uplift:
    """The difference of two shares, in points of a percent, with the ends of its 95 % interval."""

    points: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether chance alone is an unlikely reason."""
        return self.low > 0 or self.high < 0


def uplift(converted: int, entered: int, converted_out: int, held_out: int) -> Uplift | None:
    """Those who got it against those held out; None where one side is empty.

    The interval is Newcombe's (Statistics in Medicine 17, 1998, method 10), which holds for small counts too.
    """
    if not entered or not held_out:
        return None
    one, other = converted / entered, converted_out / held_out
    low_one, high_one = _wilson(one, entered)
    low_other, high_other = _wilson(other, held_out)
    difference = one - other
    low = difference - sqrt((one - low_one) ** 2 + (high_other - other) ** 2)
    high = difference + sqrt((high_one - one) ** 2 + (other - low_other) ** 2)
    return Uplift(round(100 * difference, 2), round(100 * low, 2), round(100 * high, 2))


def _wilson(share: float, count: int) -> tuple[float, float]:
    """The ends of Wilson's interval of a share of `count`."""
    middle = share + Z * Z / (2 * count)
    reach = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    below = 1 + Z * Z / count
    return (middle - reach) / below, (middle + reach) / below
