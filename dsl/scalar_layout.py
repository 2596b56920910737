"""How one scalar is written: on one line, over several, in quotes or as a block."""

import re

from dsl.tree import Scalar

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_OTHER_READERS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that readers of older YAML take for something else; quotes around them stay."""
_HEADER = re.compile(r"([|>])([+-]?)[1-9]?([+-]?)[ \t]*(#.*)?")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def source(node: Scalar) -> str:
    """A scalar as it stands in its file."""
    return node.file.text[node.span.start : node.span.end]


def key_text(key: Scalar) -> str:
    """A key, without quotes that say nothing."""
    if not key.quoted:
        return key.value
    bare = _PLAIN_KEY.fullmatch(key.value) and key.value.lower() not in _OTHER_READERS
    return key.value if bare else quote(key) or source(key)


def joined(node: Scalar) -> str | None:
    """A plain or quoted scalar on one line; None where it has lines of its own."""
    if node.style in ("literal", "folded"):
        return None
    if node.style == "plain":
        return None if "\n" in node.value else node.value
    return quote(node)


def quote(node: Scalar) -> str | None:
    """A quoted scalar in the quotes that need no escapes; as it stands where it needs them."""
    value = node.value
    if _UNPRINTABLE.search(value):
        return None if "\n" in source(node) else source(node)
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def continuation(node: Scalar, indent: int) -> tuple[str, ...]:
    """The lines of a scalar that runs over several, moved in; what is folded away stays free."""
    first, *rest = source(node).split("\n")
    return (first.rstrip(), *((" " * indent + line.strip()).rstrip() for line in rest))


def block_lines(node: Scalar, indent: int) -> tuple[str, ...]:
    """The sign of a block and its lines, moved in; their own indentation stays."""
    first, *rest = source(node).split("\n")
    sign = _HEADER.fullmatch(first.rstrip())
    assert sign is not None
    style, comment = sign[1], f" {sign[4]}" if sign[4] else ""
    keep = sign[2] or sign[3]
    own = _own_indent(node, first, rest)
    lines = [line[own:].rstrip("\n") if line.strip() else "" for line in rest]
    begins_with_space = next((line.startswith(" ") for line in lines if line), False)
    header = f"{style}{2 if begins_with_space else ''}{keep}{comment}"
    more = len(node.value) - len(node.value.rstrip("\n")) - 1 if keep == "+" else 0
    return (header, *(" " * indent + line if line else "" for line in lines), *[""] * more)


def _own_indent(node: Scalar, header: str, lines: list[str]) -> int:
    """How far a block's lines are moved in: as its first line, or as the sign says."""
    said = re.search(r"[1-9]", header.split("#", maxsplit=1)[0])
    full = [line for line in lines if line.strip()]
    if said is None:
        return min((len(line) - len(line.lstrip(" ")) for line in full[:1]), default=0)
    # The text of the first line begins where the value's does.
    value = next((line for line in node.value.split("\n") if line.strip()), "")
    return len(full[0]) - len(value) if full and node.style == "literal" else int(said[0])
