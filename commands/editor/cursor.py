"""Where a cursor stands in a YAML file, told from indentation alone, so that it works while people type.

A parser needs a finished file; completion is asked for in the middle of a word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from commands.editor.flow import is_flow, keys_after, levels

_LINE = re.compile(r"(?P<indent> *)(?P<dashes>(?:- +)*(?:-$)?)(?P<rest>.*)")
_ENTRY = re.compile(r"(?P<key>[\w.]+|\"[^\"]*\"|'[^']*')\s*:(?P<space>\s+|$)(?P<value>.*)")
ITEM = "-"


@dataclass(frozen=True)
class Cursor:
    """A place in a tree.

    `path`: the keys around it, `-` for an item of a list. `key`: the key whose value it stands in, None where
    a key is due. `text`: that value, or the key, up to the cursor; `start`: the offset where it begins.
    `siblings`: the keys of the same block with the text of their values; `around`: those of the block above.
    """

    path: tuple[str, ...]
    key: str | None
    text: str
    start: int
    siblings: dict[str, str]
    around: dict[str, str]
    brackets: str = ""
    """The brackets of YAML that are open at the cursor."""

    @property
    def quoted(self) -> bool:
        """Whether the value began with a quote."""
        return self.text.lstrip()[:1] in ('"', "'")


@dataclass(frozen=True)
class _Line:
    """A line of a block: columns of its dashes, column of what follows them, key and value."""

    number: int
    dashes: tuple[int, ...]
    column: int
    key: str | None
    value: str
    value_column: int

    @property
    def left(self) -> int:
        return self.dashes[0] if self.dashes else self.column


def cursor_at(text: str, offset: int) -> Cursor | None:
    """The place of an offset; None inside a comment."""
    lines = text.split("\n")
    number = text.count("\n", 0, offset)
    column = offset - (text.rfind("\n", 0, offset) + 1)
    if re.search(r"(^|\s)#", _unquoted(lines[number][:column])):
        return None
    here = _read(number, lines[number][:column])
    above = _Above(lines, number)
    holder = _continued(here, above)
    if holder is not None:
        here, above = holder, _Above(lines, holder.number)
    cursor = _block_cursor(here, above, lines)
    start = sum(len(line) + 1 for line in lines[: here.number])
    start += here.value_column if here.key is not None else here.column
    if here.value[:1] in ("|", ">") and here.number < number:
        start = text.index("\n", start) + 1
        start += len(text[start:offset]) - len(text[start:offset].lstrip())
    return _inside(replace(cursor, start=start, text=text[start:offset]), text, offset)


def _unquoted(text: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'", '""', text)


def _read(number: int, line: str) -> _Line:
    match = _LINE.match(line)
    assert match is not None
    column = match.start("rest")
    dashes = tuple(match.start("dashes") + m.start() for m in re.finditer("-", match["dashes"]))
    entry = _ENTRY.match(match["rest"])
    if entry is None:
        return _Line(number, dashes, column, None, match["rest"], column)
    return _Line(
        number, dashes, column, entry["key"].strip("\"'"), entry["value"], column + entry.start("value")
    )


class _Above:
    """The lines above one, from the nearest upwards."""

    def __init__(self, lines: list[str], number: int) -> None:
        self._lines = lines
        self.number = number

    def __iter__(self) -> Iterator[_Line]:
        for number in range(self.number - 1, -1, -1):
            line = self._lines[number]
            if line.strip() and not line.lstrip().startswith("#"):
                yield _read(number, line)


def _continued(here: _Line, above: _Above) -> _Line | None:
    """The line whose value goes on at `here`: a text over several lines, or open brackets."""
    for line in above:
        if line.column >= here.left or line.key is None:
            continue
        goes_on = line.value[:1] in ("|", ">") or (bool(line.value) and here.key is None)
        return line if goes_on or is_flow(line.value) else None
    return None


def _block_cursor(here: _Line, above: _Above, lines: list[str]) -> Cursor:
    path: list[str] = []
    blocks: list[dict[str, str]] = [{}]
    column, dashes = here.column, list(here.dashes)
    _take_dashes(path, dashes)
    floor = here.left
    siblings_open = not here.dashes
    for line in above:
        if siblings_open and line.column == column and line.key is not None:
            blocks[-1].setdefault(line.key, line.value)
            if line.dashes:
                _take_dashes(path, list(line.dashes))
                siblings_open, floor = False, line.left
        elif (
            line.column < column
            and line.key is not None
            and _owns(line, floor, column, siblings_open=siblings_open)
        ):
            path.append(line.key)
            blocks.append({})
            column, floor, siblings_open = line.column, line.left, not line.dashes
            _take_dashes(path, list(line.dashes))
            blocks[-1][line.key] = line.value
    below = _below(here, lines)
    return Cursor(
        tuple(reversed(path)), here.key, "", 0, below | blocks[0], blocks[1] if len(blocks) > 1 else {}
    )


def _owns(line: _Line, floor: int, column: int, *, siblings_open: bool) -> bool:
    """Whether a line above is the key that holds the block: a list may stand as far left as its key."""
    return line.column < column if siblings_open else line.column <= floor


def _take_dashes(path: list[str], dashes: list[int]) -> None:
    path.extend(ITEM for _ in dashes)


def _below(here: _Line, lines: list[str]) -> dict[str, str]:
    """The keys of the same block that follow the cursor's line."""
    found: dict[str, str] = {}
    for number in range(here.number + 1, len(lines)):
        if not lines[number].strip() or lines[number].lstrip().startswith("#"):
            continue
        line = _read(number, lines[number])
        if line.left < here.column:
            break
        if line.column == here.column and not line.dashes and line.key is not None:
            found.setdefault(line.key, line.value)
    return found


def _inside(cursor: Cursor, text: str, offset: int) -> Cursor:
    """The same, looked at inside braces and brackets that are open."""
    if not is_flow(cursor.text):
        return cursor
    start, opened = cursor.start, levels(cursor.text)
    for level in opened:
        path = (*cursor.path, *((cursor.key,) if cursor.key is not None else ()))
        around = {**cursor.siblings}
        if level.opener == "[":
            cursor = Cursor((*path, ITEM), None, "", level.start, {}, around)
        else:
            cursor = Cursor(path, level.key, "", level.start, dict(level.keys), around)
    begin = start + cursor.start
    after = keys_after(text[offset:]) if cursor.siblings or cursor.key or cursor.path[-1] != ITEM else {}
    value = text[begin:offset]
    lead = len(value) - len(value.lstrip())
    return replace(
        cursor,
        start=begin + lead,
        text=value[lead:],
        siblings={**after, **cursor.siblings},
        brackets="".join(level.opener for level in opened),
    )
