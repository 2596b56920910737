"""The located tree: YAML as text with places, before any meaning is given to it.

Scalars stay text (`on`, `no` and `10:00` are what they look like); who asks for a number reads one.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

from dsl.frozen import dataclass
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

    @property
    def is_exact(self) -> bool:
        """Whether each character of `value` has a place of its own: not so where quotes hold escapes."""
        raw = self.file.text[self.span.start + 1 : self.span.end - 1]
        return not self.quoted or ("''" if self.style == "single" else "\\") not in raw

    def offset_of(self, index: int) -> int:
        """The offset in the file of a character of `value`; the start of the scalar where it is not exact."""
        return self.places()(index)

    def places(self) -> Callable[[int], int]:
        """`offset_of`, prepared for many questions.

        YAML folds lines and takes indentation away, and leaves everything else as it is: the n-th
        character that is no white space is the n-th one in the file too.
        """
        start, end = self.span.start + self.quoted, self.span.end - self.quoted
        length = len(self.value)
        if self.file.text[start:end] == self.value:
            return range(start, start + length + 1).__getitem__
        if not self.is_exact:
            return lambda _: self.span.start
        offsets = self._offsets()
        return lambda index: offsets[min(index, length)]

    def _offsets(self) -> list[int]:
        """The offset of each character and of the end; white space is right behind what stands before it."""
        text, first = self.file.text, self._first
        ink = iter([at for at in range(first, self.span.end) if not text[at].isspace()])
        offsets, behind = [], first
        for character in self.value:
            if character.isspace():
                offsets.append(behind)
                continue
            at = next(ink, self.span.end)
            offsets.append(at)
            behind = at + 1
        return [*offsets, behind]

    @property
    def _first(self) -> int:
        """Where the text begins: after the quote, or on the line below the sign of a block."""
        if self.style in ("literal", "folded"):
            end_of_header = self.file.text.find("\n", self.span.start)
            return end_of_header + 1 if 0 <= end_of_header < self.span.end else self.span.end
        return self.span.start + (1 if self.quoted else 0)


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
