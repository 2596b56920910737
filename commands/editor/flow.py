"""Where a cursor stands inside `{ ... }` and `[ ... ]` of YAML, however unfinished they are."""

import re
from dataclasses import dataclass, field

_KEY = re.compile(r"\s*([\w.]+)\s*:(?:\s|$)")


@dataclass
class Level:
    """One open bracket: its keys so far, and where the key or value under way begins."""

    opener: str
    start: int
    key: str | None = None
    keys: dict[str, str] = field(default_factory=dict)


def is_flow(text: str) -> bool:
    """Whether a value is written with braces or brackets."""
    return text.lstrip()[:1] in ("{", "[")


def levels(text: str) -> tuple[Level, ...]:
    """The brackets of YAML that are open at the end of a text that begins with one.

    A bracket inside a value (`tier in [gold`) belongs to the value.
    """
    opened: list[Level] = []
    index = 0
    while index < len(text):
        index = _step(text, index, opened)
    return tuple(opened)


def _step(text: str, index: int, opened: list[Level]) -> int:
    """Take in what stands at an index; where to go on."""
    character = text[index]
    if character in "\"'" and _begins(text, index, opened):
        end = text.find(character, index + 1)
        return len(text) if end < 0 else end + 1
    if character in "{[" and (not opened or _begins(text, index, opened)):
        opened.append(Level(character, index + 1))
    elif character in "}]" and opened:
        opened.pop()
    elif character == "," and opened:
        _end_entry(text, index, opened[-1])
    elif character == ":" and opened and opened[-1].opener == "{" and opened[-1].key is None:
        return _start_value(text, index, opened[-1])
    return index + 1


def _begins(text: str, index: int, opened: list[Level]) -> bool:
    """Whether nothing but space stands between the start of the entry and the index."""
    return bool(opened) and not text[opened[-1].start : index].strip()


def _end_entry(text: str, index: int, level: Level) -> None:
    if level.key is not None:
        level.keys[level.key] = text[level.start : index].strip()
    level.key, level.start = None, index + 1


def _start_value(text: str, index: int, level: Level) -> int:
    match = _KEY.fullmatch(text[level.start : index + 1])
    if match is not None:
        level.key, level.start = match[1], index + 1
    return index + 1


def keys_after(text: str) -> dict[str, str]:
    """The keys that follow in the same braces, read from the cursor on, with their values."""
    depth, end = 0, len(text)
    for index, character in enumerate(text):
        depth += (character in "{[") - (character in "}]")
        if depth < 0 or character == "\n":
            end = index
            break
    return {match[1]: match[2].strip() for match in re.finditer(r",\s*([\w.]+)\s*:\s*([^,}]*)", text[:end])}
