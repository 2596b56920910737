"""How fast this machine is now, for the comparison of absolute figures that were taken at other hours.

Hosts of virtual machines differ by a factor of two and more for the same code, most in how long memory takes.
Python's search for cycles is left out: it takes longer the more is imported, and was half of the figure.
"""

import gc
from random import Random
from statistics import median
from time import perf_counter

ROWS = 100_000
TIMES = 5


def yardstick_ms() -> float:
    """Milliseconds in which this Python makes 100,000 rows and reads them out of order: the median."""
    gc.disable()
    try:
        return median(_once() for _ in range(TIMES))
    finally:
        gc.enable()


def _once() -> float:
    order = list(range(ROWS))
    Random(1).shuffle(order)
    began = perf_counter()
    rows = [(number, {"id": f"c_{number}", "until": number + 1}) for number in range(ROWS)]
    if sum(rows[number][0] + len(rows[number][1]) for number in order) != sum(order) + 2 * ROWS:
        raise ArithmeticError("rows were lost")
    return 1000 * (perf_counter() - began)
