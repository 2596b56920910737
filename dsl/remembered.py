"""Answers of pure functions about plans, kept.

Plans, catalogs and the trees in them never change, and hashing or comparing one costs more than most
questions about it: they are told apart by which object they are.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

R = TypeVar("R")

KEPT = 10_000


def remembered(function: Callable[..., R]) -> Callable[..., R]:
    """A function that is asked once for the same arguments: the same objects, or equal texts.

    The arguments are held with the answer, so that the identity of one is never given to another.
    """
    kept: dict[tuple[object, ...], tuple[tuple[object, ...], R]] = {}

    @wraps(function)
    def answer(*arguments: object) -> R:
        key = tuple([each if each.__class__ is str else id(each) for each in arguments])
        found = kept.get(key)
        if found is None:
            if len(kept) >= KEPT:
                kept.clear()
            found = kept[key] = (arguments, function(*arguments))
        return found[1]

    return answer
