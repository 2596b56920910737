"""What segments and computed attributes are made of, when all names in them are written out.

Each is asked for by its name and worked out where it is asked for. One that asks for another twice, which
asks for a third twice, is a million parts after twenty.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from dsl.nodes import Expression, Field, InSegment
from dsl.traversal import below, walk

PARTS = 1_000
"""Values, comparisons and names of a definition, written out."""
LEVELS = 60
"""Brackets and operators in one another: as many as one expression may have by itself."""


class Unfolded(NamedTuple):
    """How many parts a definition has, and how deep they are nested."""

    parts: int
    levels: int

    @property
    def is_too_much(self) -> bool:
        """Whether it is more than can be worked out for each person."""
        return self.parts > PARTS or self.levels > LEVELS


def names_in(expression: Expression) -> set[str]:
    """The segments and attributes that it asks for, as `segment vip` and `contact.points`."""
    return {name for each in walk(expression) if (name := _name(each))}


def unfolded(definitions: Mapping[str, Expression]) -> dict[str, Unfolded]:
    """Each by its name, after those of which it is made; those that come back to themselves are left out."""
    sorter = TopologicalSorter(
        {name: names_in(each) & definitions.keys() for name, each in definitions.items()}
    )
    with suppress(CycleError):
        sorter.prepare()  # which goes on after that with all that is in no circle
    known: dict[str, Unfolded] = {}
    while ready := sorter.get_ready():
        known |= {name: _of(definitions[name], known) for name in ready}
        sorter.done(*ready)
    return known


def first_of(over: Iterable[str], definitions: Mapping[str, Expression]) -> list[str]:
    """Those of `over` that ask for no other of them."""
    names = set(over)
    return [name for name in over if names_in(definitions[name]).isdisjoint(names)]


def _of(expression: Expression, known: Mapping[str, Unfolded]) -> Unfolded:
    behind = known.get(_name(expression), Unfolded(0, 0))
    inner = [behind, *(_of(each, known) for each in below(expression))]
    return Unfolded(1 + sum(each.parts for each in inner), 1 + max(each.levels for each in inner))


def _name(node: Expression) -> str:
    match node:
        case Field(root="contact", path=(name, *_)):
            return f"contact.{name}"
        case InSegment(segment=name):
            return f"segment {name}"
    return ""
