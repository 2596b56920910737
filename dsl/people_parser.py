"""Which attributes tell that two contacts are one person, and which that people live together."""

from collections.abc import Collection, Mapping

from dsl.catalog import Attribute
from dsl.diagnostics import did_you_mean
from dsl.shapes import Shapes
from dsl.tree import Node
from dsl.types import EMAIL, PHONE, TEXT
from dsl.written import Given

TELLING, SHARED = (EMAIL, PHONE, TEXT), ("id", "locale", "timezone")
"""Types of attributes that may tell who somebody is, and those that do not."""


def read_merge_on(
    shapes: Shapes, node: Node | None, attributes: Mapping[str, Attribute], computed: Collection[str]
) -> tuple[str, ...]:
    """Attributes that are texts of a person and not computed."""
    told = {
        name
        for name, each in attributes.items()
        if name not in computed and name not in SHARED and each.type in TELLING
    }
    named = [shapes.name(item, "an attribute") for item in shapes.items(node, "`merge_on`")]
    for name in filter(None, named):
        if name.value not in told:
            message = f"`merge_on` cannot tell people by `{name.value}`"
            _refuse(shapes, message, name, told, "name an attribute that is an email, phone or text")
    return tuple(dict.fromkeys(name.value for name in named if name and name.value in told))


def read_household(
    shapes: Shapes, node: Node | None, attributes: Mapping[str, Attribute], computed: Collection[str]
) -> str | None:
    """The attribute that says who lives together: a declared text that is not computed.

    Neither an email nor a phone: messages keep the household that they went to, and addresses are kept in
    one place.
    """
    name = shapes.name(node, "`household`")
    told = {
        each.name
        for each in attributes.values()
        if each.name not in computed and each.name not in SHARED and each.type == TEXT
    }
    if name is None or name.value in told:
        return name.value if name else None
    message = f"`household` cannot tell who lives together by `{name.value}`"
    _refuse(shapes, message, name, told, "name an attribute of `contact` that is a text and not computed")
    return None


def _refuse(shapes: Shapes, message: str, name: Given[str], known: set[str], otherwise: str) -> None:
    remedy = did_you_mean(name.value, known) or otherwise
    shapes.error("E211", message, name.span, label="no text of a person", remedy=remedy)
