"""What a file says beside its tree: comments, and the values that are read as they stand."""

import re
from collections.abc import Iterator

from dsl.frozen import dataclass
from dsl.source import SourceFile
from dsl.tree import Entry, Mapping, Node, Scalar, Sequence

EXPRESSION_KEYS = frozenset(
    {"where", "if", "when", "only_if", "until", "is", "audience", "key", "for_each", "reaches", "condition"}
)
VALUE_KEYS = frozenset({"with", "set", "add"})
"""Keys whose value, or whose lines' values, are expressions: brackets there are part of one."""

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)


@dataclass(frozen=True)
class Comment:
    """One comment. `alone`: nothing stands before it on its line."""

    offset: int
    text: str
    line: int
    column: int
    alone: bool


def comments(file: SourceFile, root: Node) -> list[Comment]:
    """Every comment of a file, in order; a `#` inside a value is none."""
    found = []
    start = 0
    for low, high in [*sorted(_taken(root)), (len(file.text), len(file.text))]:
        found += [_comment(file, match) for match in _COMMENT.finditer(file.text, start, low)]
        start = max(start, high)
    return found


def _comment(file: SourceFile, match: re.Match[str]) -> Comment:
    line, column = file.position(match.start())
    alone = not file.line(line)[: column - 1].strip()
    return Comment(match.start(), _spaced(match.group().rstrip()), line, column, alone)


def _spaced(text: str) -> str:
    """`#word` as `# word`; rulers like `#---` stay."""
    return f"# {text[1:]}" if text[1:2].isalnum() else text


def _taken(node: Node, key: str = "", within: str = "") -> Iterator[tuple[int, int]]:
    """The parts of the text in which a `#` begins no comment."""
    if isinstance(node, Scalar) or is_verbatim(node, key, within):
        yield node.span.start, node.span.end
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.key.span.start, entry.key.span.end
            yield from _taken(entry.value, entry.key.value, key)
    else:
        for item in node.items:
            yield from _taken(item, "", key)


def is_verbatim(node: Node, key: str, within: str) -> bool:
    """Whether a list in brackets is an expression, whose text counts and not only its items."""
    expression = key in EXPRESSION_KEYS or within in VALUE_KEYS
    return expression and isinstance(node, Sequence) and node.flow and not _holds_blocks(node)


def _holds_blocks(node: Node) -> bool:
    """Whether there is a `name: value` in it: lines of a story's `when`, not items of an expression."""
    return isinstance(node, Mapping) or (
        isinstance(node, Sequence) and any(_holds_blocks(each) for each in node.items)
    )


def says_the_same(one: Node | None, other: Node | None) -> bool:
    """Whether two trees have the same keys, values and quotes, whatever they look like."""
    return _said(one) == _said(other)


def _said(node: Node | None, key: str = "", within: str = "") -> object:
    match node:
        case None:
            return None
        case Scalar():
            return node.value, node.style == "plain"
        case Mapping(entries=entries):
            return {each.key.value: _said(each.value, each.key.value, key) for each in entries}
        case Sequence() if is_verbatim(node, key, within):
            return "verbatim", " ".join(_text(node).split())
        case Sequence(items=items):
            return [_said(each, "", key) for each in items]


def _text(node: Sequence) -> str:
    scalar = next(_scalars(node), None)
    return scalar.file.text[node.span.start : node.span.end] if scalar else "[]"


def _scalars(node: Node | Entry) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Entry(key=key):
            yield key
        case Mapping(entries=inner) | Sequence(items=inner):
            for each in inner:
                yield from _scalars(each)
