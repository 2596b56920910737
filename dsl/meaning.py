"""What expressions mean: each is resolved in the environment of the place where it stands, and kept."""

from dataclasses import field
from functools import cached_property

from dsl import scenario as s
from dsl.diagnostics import Diagnostic
from dsl.environment import Environment
from dsl.frozen import dataclass
from dsl.nodes import Expression, Name
from dsl.policy import Formula
from dsl.resolve import resolve
from dsl.traversal import walk
from dsl.types import Type


@dataclass(frozen=True)
class Meaning:
    """A resolved expression, its type, and the environment that gave it."""

    expression: Expression
    type: Type
    environment: Environment

    @cached_property
    def nodes(self) -> tuple[Expression, ...]:
        """The expression and all below it, in the order in which they are written."""
        return tuple(walk(self.expression))


@dataclass
class Meanings:
    """Meanings by expression as written; what could not be resolved is absent."""

    of: dict[s.Written, Meaning] = field(default_factory=dict)
    environments: dict[s.Written, Environment] = field(default_factory=dict)
    """What each expression may speak of, also those without a meaning."""
    found: list[Diagnostic] = field(default_factory=list)
    variables: dict[str, Type] = field(default_factory=dict)
    """The types of `run.x`, as far as they could be told."""
    unsure: set[str] = field(default_factory=set)
    """Names whose own definition failed and was reported (`event`, `run.total`, the id of a wait): what
    speaks of them is left alone."""

    def formula(self, written: s.Written) -> Formula:
        """The formula of a plan. Raises KeyError for what has no meaning."""
        return Formula(written.text, self.of[written].expression)

    def _is_unsure(self, tree: Expression) -> bool:
        return bool(self.unsure) and any(
            node.path[0] in self.unsure or ".".join(node.path[:2]) in self.unsure
            for node in walk(tree)
            if isinstance(node, Name)
        )

    def ask(self, written: s.Written | None, env: Environment, expected: Type | None = None) -> Type | None:
        """Resolve one expression and keep it; its type, or None where it has no meaning."""
        if written is None:
            return None
        self.environments[written] = env
        if written.tree is None or self._is_unsure(written.tree):
            return None
        resolved = resolve(written.tree, env, expected)
        self.found.extend(resolved.diagnostics)
        if any(each.severity == "error" for each in resolved.diagnostics):
            return None
        self.of[written] = Meaning(resolved.expression, resolved.type, env)
        return resolved.type
