"""The shape that all meanings share: a node becomes a function of the scope, built once and called often."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from dsl.nodes import Expression
from dsl.scope import Scope
from dsl.values import Value

Closure: TypeAlias = Callable[[Scope, Mapping[str, Value]], Value]
"""From the scope, and the properties of the event that a `where` looks at, to a value or None (unknown)."""

Build: TypeAlias = Callable[[Expression], Closure]
"""Makes the closure of a node; meanings get it passed in, to build their operands."""
