"""YAML text to the located tree, by the events of the C parser, which needs no recursion.

YAML 1.2 core without what a scenario has no use for: tags, anchors, aliases, several documents and keys
that are not text are refused. Whatever is in the file, what comes out is a tree or diagnostics.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from dsl import yaml_faults
from dsl.diagnostics import Diagnostic, Related
from dsl.source import SourceFile, Span
from dsl.tree import Entry, Mapping, Node, Scalar, Sequence, Style
from dsl.yaml_faults import cut_by_comma, cut_by_comment, fault

MAX_CHARACTERS = 1024 * 1024
MAX_DEPTH = 40

_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Control characters, those without width, line ends that are none in YAML 1.2, and those that make text read
in another order than it runs (CVE-2021-42574)."""


def read(file: SourceFile) -> tuple[Node | None, list[Diagnostic]]:
    """The located tree of a file, and what is wrong with its YAML.

    The tree is None for an empty file, and where the mistake leaves nothing to go on with.
    """
    refused = _refused_text(file)
    if refused:
        return None, [refused]
    builder = _Builder(file)
    try:
        for event in yaml.parse(file.text, yaml.CSafeLoader):
            builder.take(event)
    except _Refused as refusal:
        return None, [*builder.found, refusal.diagnostic]
    except yaml.MarkedYAMLError as error:
        return None, [*builder.found, yaml_faults.syntax(file, error)]
    except (yaml.YAMLError, ValueError):
        return None, [fault(file, "E100", "not readable as YAML", Span(0, 1))]
    return builder.root, builder.found


def _refused_text(file: SourceFile) -> Diagnostic | None:
    """What no parser should be given: too much of it, or characters that people cannot see."""
    if len(file.text) > MAX_CHARACTERS:
        return fault(
            file, "E101", "the file is larger than 1 MiB", Span(0, 1), help="split it: one scenario a file"
        )
    unseen = _UNSEEN.search(file.text)
    return _invisible(file, unseen.group(), Span(*unseen.span())) if unseen else None


def _invisible(file: SourceFile, character: str, span: Span) -> Diagnostic:
    return fault(
        file,
        "E102",
        f"the invisible character U+{ord(character):04X} is not allowed",
        span,
        label="here",
        help="delete it",
        note="control and direction characters make a text read differently from what it does",
    )


class _Refused(Exception):
    """Reading stops here, with this diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not been seen."""

    start: int
    flow: bool
    mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: Scalar | None = None


class _Builder:
    """Takes the events one by one; `root` is the tree once they are over."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.found: list[Diagnostic] = []
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._documents = 0
        self._commented = "#" in file.text
        self._no_key = Scalar("", Span(0, 0), "plain", file)
        self._takers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._push,
            yaml.SequenceStartEvent: self._push,
            yaml.MappingEndEvent: self._close_mapping,
            yaml.SequenceEndEvent: self._close_sequence,
            yaml.DocumentStartEvent: self._start_document,
            yaml.AliasEvent: self._refuse_alias,
        }

    def take(self, event: Any) -> None:
        """Add one event to the tree. Raises _Refused on what is not accepted."""
        taker = self._takers.get(type(event))
        if taker:
            taker(event)

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _Refused(
                fault(
                    self.file,
                    "E103",
                    "a second document begins here",
                    Span(event.start_mark.index, event.start_mark.index + 3),
                    help="one document a file: delete the `---`, or move what follows to a file of its own",
                )
            )

    def _refuse_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, "E105", "an anchor (`&`)", "write the value out")
        self._refuse(event, "E104", "a tag (`!`)", "if it belongs to the value, put the whole in '...'")

    def _refuse_alias(self, event: Any) -> None:
        self._refuse(event, "E105", "an alias (`*`)", "write the value out")

    def _refuse(self, event: Any, code: str, what: str, remedy: str) -> None:
        start = event.start_mark.index
        text = self.file.text
        end = next((i for i in range(start, len(text)) if text[i] in " ,]}\n"), len(text))
        raise _Refused(
            fault(
                self.file,
                code,
                f"{what} is not accepted",
                Span(start, end),
                label="YAML reads this as such",
                help=remedy,
            )
        )

    def _scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        start, end = event.start_mark.index, event.end_mark.index
        style = _STYLES[event.style]
        if style in ("literal", "folded"):
            end = start + len(self.file.text[start:end].rstrip())
        if style == "double" and (unseen := _UNSEEN.search(event.value)):
            # By an escape: the text of the file has none.
            raise _Refused(_invisible(self.file, unseen.group(), Span(start, end)))
        scalar = Scalar(event.value, Span(start, end), style, self.file)
        cut = cut_by_comment(scalar) if self._commented else None
        if cut:
            self.found.append(cut)
            scalar = replace(scalar, broken=True)
        self._add(scalar)

    def _push(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        mapping = type(event) is yaml.MappingStartEvent
        if len(self._open) >= MAX_DEPTH:
            raise _Refused(
                fault(
                    self.file,
                    "E106",
                    f"nested over {MAX_DEPTH} levels",
                    Span(event.start_mark.index, event.start_mark.index + 1),
                    help="a scenario that deep cannot be read; split it",
                )
            )
        if mapping and self._open and self._open[-1].mapping and self._open[-1].key is None:
            raise _Refused(yaml_faults.complex_key(self.file, event.start_mark.index))
        self._open.append(_Open(event.start_mark.index, bool(event.flow_style), mapping))

    def _close_mapping(self, event: Any) -> None:
        done = self._open.pop()
        entries = list(done.entries.values())
        if done.flow:
            entries = self._whole(entries)
            end = event.end_mark.index
        else:
            # A block ends where its last child does, not after the blank lines behind it.
            end = entries[-1].value.span.end if entries else event.end_mark.index
        self._add(Mapping(tuple(entries), Span(done.start, end), done.flow))

    def _close_sequence(self, event: Any) -> None:
        done = self._open.pop()
        items = done.items
        if done.flow:
            pieces = [Entry(each if isinstance(each, Scalar) else self._no_key, each) for each in items]
            items = [entry.value for entry in self._whole(pieces)]
            end = event.end_mark.index
        else:
            end = items[-1].span.end if items else event.end_mark.index
        self._add(Sequence(tuple(items), Span(done.start, end), done.flow))

    def _whole(self, entries: list[Entry]) -> list[Entry]:
        """What stands in braces or brackets, without the pieces of an expression that a comma cut in two."""
        cut = cut_by_comma(entries)
        if cut is None:
            return entries
        self.found.append(cut[0])
        return cut[1]

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = None if isinstance(node, Scalar) and node.is_null else node
            return
        parent = self._open[-1]
        if not parent.mapping:
            parent.items.append(node)
        elif parent.key is None:
            if not isinstance(node, Scalar):
                raise _Refused(yaml_faults.complex_key(self.file, node.span.start))
            parent.key = node
        else:
            self._add_entry(parent, parent.key, node)
            parent.key = None

    def _add_entry(self, parent: _Open, key: Scalar, node: Node) -> None:
        first = parent.entries.setdefault(key.value, entry := Entry(key, node))
        if first is entry:
            return
        self.found.append(
            fault(
                self.file,
                "E107",
                f"the key `{key.value}` stands twice",
                key.span,
                label="and again here",
                help="keep one of the two",
                related=(Related(self.file, first.key.span, "first here"),),
            )
        )
