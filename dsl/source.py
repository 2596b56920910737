"""Files as text, spans in them, and the one place where an offset becomes a line and a column.

Inside the compiler positions are zero-based character offsets; people and editors want one-based lines
and columns. Every output converts through `SourceFile.position`, so that they cannot disagree.
"""

from bisect import bisect_right
from dataclasses import field
from functools import cached_property
from itertools import accumulate

from dsl.frozen import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of character offsets, `text[start:end]`, in one source file."""

    start: int
    end: int


NOWHERE = Span(0, 0)
"""The span of what was made and not read (a plan loaded from the store, a default)."""


@dataclass(frozen=True)
class SourceFile:
    """One file of the project: its path as shown to people, and its whole text."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> list[int]:
        """Offsets at which lines begin; the first is 0."""
        lengths = (len(line) + 1 for line in self.text.split("\n"))
        return list(accumulate(lengths, initial=0))[:-1]

    def position(self, offset: int) -> tuple[int, int]:
        """One-based (line, column) of a character offset; an offset past the end is the end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a one-based line, without its end; empty past the last."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")
