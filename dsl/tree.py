"""The located tree: YAML as text with places, before any meaning is given to it.

Scalars stay text (`on`, `no` and `10:00` are what they look like); who asks for a number reads one.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from dsl.source import SourceFile, Span

Style: TypeAlias = Literal["plain", "single", "double", "literal", "folded"]

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""How YAML 1.2 core writes that there is no value."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A text with its place. `broken`: the reader reported it already, so that nobody reports it again."""

    value: str
    span: Span
    style: Style
    file: SourceFile
    broken: bool = False

    @property
    def is_null(self) -> bool:
        """Whether nothing was written."""
        return self.style == "plain" and self.value in NULLS

    @property
    def quoted(self) -> bool:
        """Whether it was written between quotes."""
        return self.style in ("single", "double")

    def offset_of(self, index: int) -> int:
        """The offset in the file of a character of `value`.

        Exact for plain text, quotes without escapes and literal blocks; elsewhere, where YAML changed the
        text, the start of the scalar, since a vague place is better than a wrong one.
        """
        start, end = self.span.start, self.span.end
        if self.style == "literal":
            return self._in_block(index)
        if self.style != "folded":
            first = start + (1 if self.quoted else 0)
            last = end - (1 if self.quoted else 0)
            if self.file.text[first:last] == self.value:
                return first + min(index, len(self.value))
        return start

    def _in_block(self, index: int) -> int:
        """Literal blocks keep their lines, so that only the indentation is added."""
        text = self.file.text
        before = self.value[:index]
        row, column = before.count("\n"), index - (before.rfind("\n") + 1)
        header, _ = self.file.position(self.span.start)
        starts = self.file.line_starts
        if header + row >= len(starts):
            return self.span.end
        source, value = self.file.line(header + row + 1), self.value.split("\n")[row]
        if not source.endswith(value):
            return self.span.start
        return min(starts[header + row] + len(source) - len(value) + column, len(text))


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One line `key: value` of a mapping."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """Keys and values in file order; no key twice. `flow`: written with braces."""

    entries: tuple[Entry, ...]
    span: Span
    flow: bool = False

    def get(self, name: str) -> "Node | None":
        """The value of a key, or None where the key is absent."""
        return next((entry.value for entry in self.entries if entry.key.value == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """Items in file order. `flow`: written with brackets."""

    items: tuple["Node", ...]
    span: Span
    flow: bool = False


Node: TypeAlias = Scalar | Mapping | Sequence


def is_null(node: Node | None) -> bool:
    """Whether a node is absent or says nothing."""
    return node is None or (isinstance(node, Scalar) and node.is_null)
