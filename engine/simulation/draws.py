"""Chance that is the same for the same seed: each draw has its own name, so that none moves another."""

from math import exp
from random import Random


def draw(seed: int, *name: object) -> Random:
    """A source of chance for what is named; the same name and seed give the same numbers on any machine."""
    return Random(f"{seed} {name}")  # noqa: S311 - made-up lives, no secrets


def how_many(random: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average (a Poisson distribution)."""
    limit, product, count = exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count
