"""The same file in another hand: a tree written with any indentation, quotes, braces, comments and gaps."""

from hypothesis import strategies as st

from dsl.layout import is_verbatim
from dsl.scalar_layout import key_text, quote
from dsl.tree import Mapping, Node, Scalar, Sequence


class Hand:
    """Writes a tree in a way that hypothesis draws; what it says stays."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.comments = 0

    def document(self, root: Mapping) -> str:
        start = "---\n" if self.often(4) else ""
        return start + self.gap(0) + self.mapping(root, 0)

    def often(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def gap(self, indent: int) -> str:
        """Empty lines and comments above a line."""
        lines = ["\n"] * self.draw(st.integers(0, 2))
        if self.often(4):
            self.comments += 1
            lines.append(f"{' ' * self.draw(st.integers(0, indent))}# above {self.comments}\n")
        return "".join(lines)

    def behind(self) -> str:
        if not self.often(4):
            return "\n"
        self.comments += 1
        return f"  #behind {self.comments}\n"

    def mapping(self, node: Mapping, indent: int, within: str = "") -> str:
        lines = []
        for number, entry in enumerate(node.entries):
            gap = self.gap(indent) if number else ""
            key = self.key(entry.key)
            lines.append(
                f"{gap}{' ' * indent}{key}:{self.value(entry.value, indent, entry.key.value, within)}"
            )
        return "".join(lines)

    def key(self, key: Scalar) -> str:
        return f"'{key.value}'" if self.often(6) and "'" not in key.value else key_text(key)

    def value(self, node: Node, indent: int, key: str, within: str) -> str:
        if is_verbatim(node, key, within):
            return f" {node_text(node)}{self.behind()}"
        if isinstance(node, Scalar):
            return self.scalar(node, indent)
        children = node.entries if isinstance(node, Mapping) else node.items
        if not children or (self.often(3) and simple(node)):
            return f" {self.flow(node, indent, key)}{self.behind()}"
        deeper = indent + self.draw(st.integers(1, 4))
        if isinstance(node, Mapping):
            return f"{self.behind()}{self.mapping(node, deeper, key)}"
        at = indent if self.often(2) else deeper
        return f"{self.behind()}{self.sequence(node, at, key)}"

    def sequence(self, node: Sequence, indent: int, within: str) -> str:
        lines = []
        for number, item in enumerate(node.items):
            gap = self.gap(indent) if number else ""
            dash = "-" + " " * self.draw(st.integers(1, 3))
            if isinstance(item, Mapping) and item.entries and not (self.often(3) and simple(item)):
                inner = self.mapping(item, indent + len(dash))
                lines.append(f"{gap}{' ' * indent}{dash}{inner.lstrip(' ')}")
            else:
                said = self.value(item, indent, "", within).lstrip(" ")
                lines.append(f"{gap}{' ' * indent}{dash}{said}")
        return "".join(lines)

    def scalar(self, node: Scalar, indent: int) -> str:
        if node.style in ("literal", "folded"):
            header, *rest = node_text(node).split("\n")
            own = len(rest[0]) - len(rest[0].lstrip())
            moved = indent + self.draw(st.integers(1, 4))
            return "".join(
                f"{line}\n" for line in (f" {header}", *(" " * moved + each[own:] for each in rest))
            )
        return f"{' ' * self.draw(st.integers(1, 3))}{self.word(node)}{self.behind()}" if node.value else "\n"

    def word(self, node: Scalar) -> str:
        if node.style == "plain":
            return node.value
        if self.often(2):
            return "'" + node.value.replace("'", "''") + "'"
        return quote(node) or node_text(node)

    def flow(self, node: Node, indent: int, key: str = "", within: str = "") -> str:
        if isinstance(node, Scalar):
            return self.word(node)
        if is_verbatim(node, key, within):
            return node_text(node)
        if isinstance(node, Sequence):
            return (
                "[" + self.comma(indent).join(self.flow(each, indent, "", key) for each in node.items) + "]"
            )
        lines = [
            f"{each.key.value}: {self.flow(each.value, indent, each.key.value, key)}" for each in node.entries
        ]
        return "{" + self.comma(indent).join(lines) + "}"

    def comma(self, indent: int) -> str:
        if not self.often(4):
            return ", "
        return f",{self.behind()}{' ' * (indent + 1)}"


def simple(node: Node) -> bool:
    """Whether a node may stand in braces: nothing in it has lines of its own, or says nothing."""
    if isinstance(node, Scalar):
        inside = node.style not in ("literal", "folded") and bool(node.value) and "\n" not in node.value
        return inside and (node.quoted or not set(node.value) & set(",[]{}"))
    if isinstance(node, Mapping):
        return all(simple(each.value) for each in node.entries)
    return all(simple(each) for each in node.items)


def node_text(node: Node) -> str:
    """A node as it stands in its file."""
    if isinstance(node, Scalar):
        return node.file.text[node.span.start : node.span.end]
    first = node.items[0] if isinstance(node, Sequence) else node.entries[0].key
    while not isinstance(first, Scalar):
        first = first.items[0] if isinstance(first, Sequence) else first.entries[0].key
    return first.file.text[node.span.start : node.span.end]
