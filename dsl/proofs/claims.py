"""What is claimed of conditions: which of true, false and unknown they are."""

from typing import TypeAlias

from dsl.environment import Environment
from dsl.frozen import dataclass
from dsl.nodes import Expression

Truths: TypeAlias = frozenset[bool | None]
YES: Truths = frozenset({True})
NOT_YES: Truths = frozenset({False, None})
SAID: Truths = frozenset({True, False})
ALL: Truths = frozenset({True, False, None})
UNKNOWN: Truths = frozenset({None})


@dataclass(frozen=True, slots=True)
class Claim:
    """What a condition is, where it stands in an environment."""

    expression: Expression
    truths: Truths
    environment: Environment


Way: TypeAlias = tuple[Claim, ...]


def mirrored(truths: Truths) -> Truths:
    """What the negation of a condition is."""
    return frozenset(None if each is None else not each for each in truths)
