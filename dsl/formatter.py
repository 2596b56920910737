"""The canonical form of a file, as `relance fmt` writes it.

Two spaces a level, one space around what stands in braces, double quotes unless a text has some, at most one
empty line, lists under their key moved in. What was written with braces stays so while it fits a line, since
that is how people group what belongs together. Nothing is added, left out or put in another order.
"""

import re
from collections.abc import Callable

from dsl.diagnostics import Diagnostic
from dsl.layout import Comment, comments, is_verbatim, says_the_same
from dsl.reader import read
from dsl.scalar_layout import block_lines, continuation, joined, key_text, source
from dsl.source import SourceFile
from dsl.tree import Entry, Mapping, Node, Scalar, Sequence

WIDTH = 110
_BETWEEN = re.compile(r"[\s,\]}]*")


class Unformatted(ValueError):
    """The file cannot be put in canonical form; `diagnostics` say why where its YAML is wrong."""

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


def format_text(file: SourceFile) -> str:
    """The file in canonical form, ending in one line break; formatting that again changes nothing.

    Raises Unformatted for a file whose YAML has mistakes, which nobody should guess at.
    """
    root, wrong = read(file)
    if wrong:
        raise Unformatted(f"{file.path} has mistakes", tuple(wrong))
    if root is None:
        return file.text if file.text.strip() else ""
    writer = _Writer(file, comments(file, root))
    text = writer.document(root)
    again = SourceFile(file.path, text)
    after, faults = read(again)
    kept = after is not None and _texts(comments(again, after)) == _texts(comments(file, root))
    if faults or not kept or not says_the_same(root, after):
        raise Unformatted(f"{file.path} is laid out so that no other layout surely says the same")
    return text


def _texts(found: list[Comment]) -> list[str]:
    return sorted(each.text for each in found)


class _Writer:
    """Writes a tree line by line; each comment leaves `pending` where it is written."""

    def __init__(self, file: SourceFile, pending: list[Comment]) -> None:
        self.file = file
        self.pending = pending
        self.lines: list[str] = []
        self.opened = True
        """Whether the last line opens a block, after which no empty line stands."""

    def document(self, root: Node) -> str:
        end = len(self.file.text)
        if isinstance(root, Mapping) and root.entries:
            self._mapping(root, 0, "", end)
        elif isinstance(root, Sequence) and root.items:
            self._sequence(root, 0, "", end)
        else:
            self._leading(root.span.start, 0)
            self._line(self._flow(root) or self.file.text[root.span.start : root.span.end].rstrip())
        self._leading(end + 1, 0)
        return "\n".join(self.lines).rstrip("\n") + "\n"

    # Blocks

    def _mapping(self, node: Mapping, indent: int, lead: str, end: int, within: str = "") -> None:
        column = self._column(node.entries[0].key.span.start)
        for number, entry in enumerate(node.entries):
            following = node.entries[number + 1 : number + 2]
            limit = following[0].key.span.start if following else end
            self._entry(entry, indent, lead if number == 0 else "", limit, within)
        self._closing(node, indent, column, end)

    def _entry(self, entry: Entry, indent: int, lead: str, end: int, within: str) -> None:
        value, key = entry.value, entry.key.value
        prefix = f"{lead or ' ' * indent}{key_text(entry.key)}:"
        inline = self._inline(value, prefix, indent, key, within)
        if not lead:
            self._above(entry.key.span.start, indent)
            self._between(entry, inline, indent)
        if inline is None:
            self._open(prefix, entry.key.span.end, self._first(value))
            self._block(value, indent + 2, end, key)
        else:
            self._lines_of(value, inline, self._trailing(value.span.end, entry.key.span.end))

    def _between(self, entry: Entry, inline: tuple[str, ...] | None, indent: int) -> None:
        """Comments between a key and its value, or behind the bracket of a block to be, go above the key."""
        if inline is None:
            self._after_bracket(entry.value, indent)
        else:
            self._leading(entry.value.span.start, indent, but_on=self._line_of(entry.key.span.end))

    def _sequence(self, node: Sequence, indent: int, within: str, end: int) -> None:
        column = self._column(node.span.start if not node.flow else self._first(node))
        for number, item in enumerate(node.items):
            following = node.items[number + 1 : number + 2]
            limit = self._first(following[0]) if following else end
            self._item(item, indent, limit, within)
        self._closing(node, indent, column, end)

    def _item(self, item: Node, indent: int, end: int, within: str) -> None:
        lead, start = f"{' ' * indent}- ", self._first(item)
        inline = self._inline(item, lead.rstrip(), indent, "", within)
        self._above(start, indent)
        if inline is not None:
            self._lines_of(item, inline, self._trailing(item.span.end, start))
            return
        self._after_bracket(item, indent)
        if isinstance(item, Mapping):
            first = item.entries[0]
            prefix = f"{lead}{key_text(first.key)}:"
            self._between(first, self._inline(first.value, prefix, indent + 2, first.key.value, ""), indent)
            self._mapping(item, indent + 2, lead, end)
        else:
            self._open(lead.rstrip(), start, start)
            self._block(item, indent + 2, end, "")

    def _block(self, node: Node, indent: int, end: int, key: str) -> None:
        if isinstance(node, Mapping):
            self._mapping(node, indent, "", end, key)
        elif isinstance(node, Sequence):
            self._sequence(node, indent, key, end)

    # Lines

    def _inline(self, node: Node, prefix: str, indent: int, key: str, within: str) -> tuple[str, ...] | None:
        """The lines of a value that needs no block of its own; None for one that does."""
        if isinstance(node, Scalar):
            return self._scalar(node, prefix, indent)
        if is_verbatim(node, key, within):
            first, *rest = self.file.text[node.span.start : node.span.end].split("\n")
            return (f"{prefix} {first.rstrip()}", *(f"{' ' * (indent + 2)}{each.strip()}" for each in rest))
        if not node.flow:
            return None
        empty = not (node.entries if isinstance(node, Mapping) else node.items)
        said = self._flow(node, key)
        if said is None or (len(prefix) + 1 + len(said) > WIDTH and not empty):
            return None
        return (f"{prefix} {said}",)

    def _scalar(self, node: Scalar, prefix: str, indent: int) -> tuple[str, ...]:
        if node.style in ("literal", "folded"):
            header, *rest = block_lines(node, indent + 2)
            return (f"{prefix} {header}", *rest)
        said = joined(node)
        if said is not None and (len(prefix) + 1 + len(said) <= WIDTH or "\n" not in source(node)):
            return (f"{prefix} {said}".rstrip(),)
        first, *rest = continuation(node, indent + 2)
        return (f"{prefix} {first}", *rest)

    def _flow(self, node: Node, key: str = "", within: str = "") -> str | None:
        """A value on one line in braces or brackets; None where it cannot stand so."""
        if isinstance(node, Scalar):
            return None if node.is_null and not node.value else joined(node)
        if any(node.span.start < each.offset < node.span.end for each in self.pending):
            return None
        if is_verbatim(node, key, within):
            text = self.file.text[node.span.start : node.span.end]
            return None if "\n" in text else text
        if isinstance(node, Sequence):
            items = [self._flow(each, "", key) for each in node.items]
            return None if None in items else f"[{', '.join(each for each in items if each is not None)}]"
        lines = [(key_text(each.key), self._flow(each.value, each.key.value, key)) for each in node.entries]
        if any(value is None for _, value in lines):
            return None
        said = ", ".join(f"{name}: {value}" for name, value in lines)
        return f"{{ {said} }}" if said else "{}"

    def _open(self, prefix: str, after: int, before: int) -> None:
        comment = self._take(lambda each: after <= each.offset < before and each.line == self._line_of(after))
        self._line(prefix, comment)
        self.opened = True

    def _lines_of(self, node: Node, lines: tuple[str, ...], trailing: Comment | None) -> None:
        """Write a value's lines, with its comment behind the last, or behind the sign of a block."""
        block = isinstance(node, Scalar) and node.style in ("literal", "folded")
        marked = 0 if block else len(lines) - 1
        for number, line in enumerate(lines):
            self._line(line, trailing if number == marked else None)

    def _line(self, line: str, trailing: Comment | None = None) -> None:
        self.lines.append(f"{line} {trailing.text}" if trailing else line)
        self.opened = False

    # Comments and empty lines

    def _above(self, start: int, indent: int) -> None:
        """The comments above a line, and the empty line above it."""
        self._leading(start, indent)
        self._blank(start)

    def _leading(self, before: int, indent: int, but_on: int = 0) -> None:
        """Write the comments that stand before a place, each on a line of its own."""
        for comment in [each for each in self.pending if each.offset < before and each.line != but_on]:
            self.pending.remove(comment)
            self._own_line(comment, indent)

    def _own_line(self, comment: Comment, indent: int) -> None:
        if comment.alone:
            self._blank(comment.offset)
        self.lines.append(f"{' ' * indent}{comment.text}")
        self.opened = False

    def _closing(self, node: Mapping | Sequence, indent: int, column: int, end: int) -> None:
        """Write the comments after a block's last line that are moved in as far as its lines are."""
        limit = node.span.end if node.flow else end
        while self.pending and self.pending[0].offset < limit:
            if not node.flow and (not self.pending[0].alone or self.pending[0].column < column):
                return
            self._own_line(self.pending.pop(0), indent)

    def _after_bracket(self, node: Node, indent: int) -> None:
        """What stood behind the closing bracket of a block to be goes above it."""
        if isinstance(node, Scalar) or not node.flow:
            return
        comment = self._trailing(node.span.end, node.span.end)
        if comment is not None:
            self._own_line(comment, indent)

    def _trailing(self, end: int, start: int) -> Comment | None:
        """The comment behind a value on its last line, or behind the key that it hangs on."""
        line, first = self._line_of(end), self._line_of(start)
        return self._take(
            lambda each: (
                (each.line == line and each.offset >= end and self._only_brackets(end, each.offset))
                or (each.line == first and start <= each.offset < end and not each.alone)
            )
        )

    def _only_brackets(self, start: int, end: int) -> bool:
        return _BETWEEN.fullmatch(self.file.text, start, end) is not None

    def _take(self, wanted: Callable[[Comment], bool]) -> Comment | None:
        found = next((each for each in self.pending if wanted(each)), None)
        if found is not None:
            self.pending.remove(found)
        return found

    def _blank(self, offset: int) -> None:
        """One empty line where there was at least one above."""
        line = self._line_of(offset)
        if line > 1 and not self.opened and not self.file.line(line - 1).strip() and self.lines[-1]:
            self.lines.append("")

    def _line_of(self, offset: int) -> int:
        return self.file.position(offset)[0]

    def _column(self, offset: int) -> int:
        return self.file.position(offset)[1]

    def _first(self, node: Node) -> int:
        """Where a node's own text begins: its first key or item, past brackets and dashes."""
        if isinstance(node, Mapping) and node.entries:
            return node.entries[0].key.span.start
        if isinstance(node, Sequence) and node.items:
            return self._first(node.items[0])
        return node.span.start
