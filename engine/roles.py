"""What people may see and do in the studio, by their role: the table of docs/access.md, held by a test."""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, get_args

Right: TypeAlias = Literal["figures", "people", "act", "unmasked"]
"""Figures: scenarios, counts, sample messages. People: their pages, masked. Act: tasks, pauses, stops.
Unmasked: personal data as it is, archives, and the base taken out."""

Role: TypeAlias = Literal["viewer", "marketer", "operations", "privacy"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the one that may least; each may what those before it may, and more."""

RIGHTS: Mapping[Role, frozenset[Right]] = {
    "viewer": frozenset({"figures"}),
    "marketer": frozenset({"figures", "people"}),
    "operations": frozenset({"figures", "people", "act"}),
    "privacy": frozenset({"figures", "people", "act", "unmasked"}),
}


def highest(names: Iterable[str]) -> Role | None:
    """The role among these names that may most; None where none is a role."""
    held = set(names)
    return next((role for role in reversed(ROLES) if role in held), None)


def role_named(name: str) -> Role:
    """The role of this name. Raises ValueError, which lists those that there are."""
    if name not in ROLES:
        raise ValueError(f"there is no role `{name}`; roles are {', '.join(ROLES)}")
    return name
