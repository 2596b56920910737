"""The state of one resolution: where it stands, what it has found wrong, and how to resolve a part."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, TypeAlias

from dsl import types
from dsl.diagnostics import Diagnostic
from dsl.environment import Environment
from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.source import Span
from dsl.types import Record, Type

Typed: TypeAlias = tuple[Expression, Type]
"""A resolved expression and its type; type `unknown` after an error, so that nothing is reported on top."""

FAILED = types.UNKNOWN


@dataclass(frozen=True)
class Reading:
    """One expression being resolved. `found` is shared by the readings of its parts."""

    env: Environment
    rules: "Mapping[type, Rule]"
    found: list[Diagnostic] = field(default_factory=list)

    def read(self, node: Expression, wanted: Type | None = None) -> Typed:
        """Resolve a part.

        `wanted` is the type of what it meets, by which a bare word may be a choice; FAILED where that was
        reported, so that a bare word beside it is not reported too.
        """
        return self.rules[type(node)](node, self, wanted)

    def looking_at(self, record: Record) -> "Reading":
        """The reading inside a `where`."""
        if record is self.env.looked_at:
            return self
        return Reading(replace(self.env, looked_at=record), self.rules, self.found)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        help_: str | None = None,
        note: str | None = None,
    ) -> None:
        """Report a mistake."""
        self.found.append(Diagnostic(code, "error", message, self.env.file, span, label, help_, note))

    def failed(
        self, node: Expression, code: str, message: str, span: Span, label: str = "", help_: str | None = None
    ) -> Typed:
        """Report a mistake, and go on with a part of unknown type."""
        self.error(code, message, span, label, help_)
        return node, FAILED


Rule: TypeAlias = Callable[[Any, Reading, Type | None], Typed]


def word_span(node: Expression, word: int = -1) -> Span:
    """The span of one word of a dotted name, where the file holds the name as written; else of all of it."""
    path: tuple[str, ...] = getattr(node, "path", ())
    whole = node.span
    if whole.end - whole.start != len(".".join(path)):
        return whole
    position = word % len(path)
    start = whole.start + sum(len(each) + 1 for each in path[:position])
    return Span(start, start + len(path[position]))
