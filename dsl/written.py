"""What was written in a scenario, with its place: values, expressions and patterns of events."""

from typing import Generic, TypeVar

from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.source import SourceFile, Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """A value that was written, with its place."""

    value: T
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """An expression as written; two are never equal, since each has a meaning of its own place.

    `tree` is unresolved, and None where a syntax error was reported. A quoted text in `with`, `set` and `add`
    is a Constant.
    """

    text: str
    span: Span
    tree: Expression | None
    file: SourceFile


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event by name, or with a condition."""

    event: Given[str]
    where: Written | None
    span: Span
