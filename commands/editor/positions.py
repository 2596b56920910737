"""Offsets of the compiler, and positions of an editor: lines from zero, columns in the units agreed on."""

from collections.abc import Callable, Mapping

from dsl.source import SourceFile

Units = Callable[[str], int]
"""How many columns a text takes."""

UNITS: Mapping[str, Units] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "utf-32": len,
}
"""By the name that the Language Server Protocol gives the encoding (3.17, PositionEncodingKind)."""


def to_position(file: SourceFile, offset: int, units: Units) -> tuple[int, int]:
    """The (line, column) of an offset."""
    line, column = file.position(offset)
    return line - 1, units(file.line(line)[: column - 1])


def to_offset(file: SourceFile, line: int, column: int, units: Units) -> int:
    """The offset of a position; past the end of a line it is that end, past the last line the file's."""
    if line >= len(file.line_starts):
        return len(file.text)
    text, start = file.line(line + 1), file.line_starts[line]
    taken = 0
    for index, character in enumerate(text):
        if taken >= column:
            return start + index
        taken += units(character)
    return start + len(text)
