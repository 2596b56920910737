"""Reading shapes out of the located tree: mappings with known keys, names, texts, durations, expressions.

One `Shapes` serves one file and collects what is wrong. A method returns None for what it reported;
`whole` then turns false, so that nobody draws conclusions from what is left out.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from dsl import notation
from dsl.diagnostics import Diagnostic, Related, did_you_mean
from dsl.expressions import SyntaxFault, parse
from dsl.nodes import Constant
from dsl.source import SourceFile, Span
from dsl.tree import Mapping, Node, Scalar, is_null
from dsl.tree import Sequence as SequenceNode
from dsl.written import Given, Pattern, Written

T = TypeVar("T")
W = TypeVar("W", bound=str)

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_EVENT_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
MAX_NAME = 60
MOST_SLIPS = 8
"""Of unknown keys in one block so many are looked at one by one."""
EXAMPLES = {
    "entry": "`entry: once`, `entry: always` or `entry: once per 90 days`",
    "trigger": "`trigger: { event: order.placed }`, or another of the eight forms",
    "steps": "`steps:` and below it what happens, each line beginning with `- `",
    "team": "`team: call_centre`, who is to do it",
    "up_to": "`up_to: 7 days`",
}
"""How a key that is missing may be written, where a newcomer could not guess."""


class Shapes:
    """Reads nodes of one file; `found` is what was wrong with them."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.found: list[Diagnostic] = []
        self.whole = True

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        label: str = "",
        remedy: str | None = None,
        note: str | None = None,
        related: tuple[Related, ...] = (),
    ) -> None:
        """Report a mistake of shape."""
        self.whole = False
        self.found.append(Diagnostic(code, "error", message, self.file, span, label, remedy, note, related))

    def wrong(self, node: Node, what: str, due: str) -> None:
        """Report that a node has another shape than what is due."""
        if isinstance(node, Scalar) and node.broken:
            self.whole = False
            return
        shape = "nothing" if is_null(node) else _shape(node)
        span = node.span if isinstance(node, Scalar) and node.value else head(node)
        self.error("E120", f"{what} must be {due}, not {shape}", span, label=f"{due} is due")

    # mappings and lists

    def mapping(self, node: Node, what: str) -> Mapping | None:
        """The node as a mapping."""
        if isinstance(node, Mapping):
            return node
        self.wrong(node, what, "a block of `name: value` lines")
        return None

    def fields(
        self, node: Mapping, what: str, allowed: Iterable[str], required: Sequence[str] = ()
    ) -> dict[str, Node]:
        """The entries by key. Unknown keys are reported, with the nearest; so are missing ones."""
        allowed = tuple(allowed)
        found = {entry.key.value: entry.value for entry in node.entries if entry.key.value in allowed}
        self._unknown_keys(
            [entry.key for entry in node.entries if entry.key.value not in found], what, allowed
        )
        missing = [name for name in required if name not in found]
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            remedy = f"add {EXAMPLES.get(missing[0], f'`{missing[0]}: ...`')}"
            self.error("E122", f"{what} needs {names}", head(node), remedy=remedy)
        return found

    def _unknown_keys(self, keys: Sequence[Scalar], what: str, allowed: Sequence[str]) -> None:
        """Report slips of the pen one by one; keys that belong somewhere else came together, and stay so."""
        strange: list[Scalar] = list(keys[MOST_SLIPS:])
        for key in keys[:MOST_SLIPS]:
            near = did_you_mean(key.value, [name for name in allowed if name != key.value])
            if near is None:
                strange.append(key)
            else:
                self.error(
                    "E121", f"{what} has no `{shown(key.value)}`", key.span, label="not known", remedy=near
                )
        if strange:
            names = ", ".join(f"`{shown(key.value)}`" for key in strange[:MOST_SLIPS])
            names += f" and {len(strange) - MOST_SLIPS} more" if len(strange) > MOST_SLIPS else ""
            remedy = f"{what} takes " + ", ".join(f"`{name}`" for name in allowed)
            self.error("E121", f"{what} has no {names}", strange[0].span, label="not known", remedy=remedy)

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """The items of a list; nothing for no node."""
        if node is None:
            return ()
        if isinstance(node, SequenceNode):
            return node.items
        self.wrong(node, what, "a list")
        return ()

    # scalars

    def scalar(self, node: Node, what: str, due: str) -> Scalar | None:
        """The node as a text that says something."""
        if isinstance(node, Scalar) and not node.broken and not node.is_null:
            return node
        self.wrong(node, what, due)
        return None

    def text(self, node: Node | None, what: str) -> str | None:
        """Free text for people."""
        scalar = None if node is None else self.scalar(node, what, "a text")
        return None if scalar is None else scalar.value

    def given(
        self, node: Node | None, what: str, read: Callable[[str], T], due: str = "a value"
    ) -> Given[T] | None:
        """A value in one of the notations of `notation`."""
        scalar = None if node is None else self.scalar(node, what, due)
        if scalar is None:
            return None
        try:
            return Given(read(scalar.value), scalar.span)
        except ValueError as error:
            self.error(
                "E123", f"{what}: `{shown(scalar.value)}` is not understood", scalar.span, remedy=str(error)
            )
            return None

    def value(self, node: Node | None, what: str, read: Callable[[str], T], default: T) -> T:
        """The same without its place; the default where nothing is written."""
        given = self.given(node, what, read)
        return default if given is None else given.value

    def duration(self, node: Node | None, what: str) -> Given[Any] | None:
        """`3 days`, more than nothing."""
        given = self.given(node, what, notation.duration, "a duration")
        if given is not None and given.value.exact_seconds <= 0:
            self.error(
                "E123", f"{what} must be longer than nothing", given.span, remedy="say how long: `2 days`"
            )
        return given

    def word(self, node: Node | None, what: str, options: Sequence[W]) -> Given[W] | None:
        """One of a closed list of words."""
        scalar = None if node is None else self.scalar(node, what, "one of " + ", ".join(options))
        if scalar is None:
            return None
        for option in options:
            if option == scalar.value:
                return Given(option, scalar.span)
        listed = f"{what} is one of " + ", ".join(f"`{option}`" for option in options)
        self.error(
            "E124",
            f"{what} cannot be `{shown(scalar.value)}`",
            scalar.span,
            remedy=did_you_mean(scalar.value, options) or listed,
        )
        return None

    def choice(self, node: Node | None, what: str, options: Sequence[W], default: W) -> W:
        """One of a closed list of words without its place."""
        given = self.word(node, what, options)
        return default if given is None else given.value

    def name(self, node: Node | None, what: str) -> Given[str] | None:
        """A `lower_snake_case` name."""
        return self._named(node, what, _NAME, "a name like `welcome_hello`")

    def event_name(self, node: Node | None, what: str) -> Given[str] | None:
        """An `object.verb` name."""
        return self._named(node, what, _EVENT_NAME, "an event like `order.placed`")

    def _named(self, node: Node | None, what: str, pattern: re.Pattern[str], due: str) -> Given[str] | None:
        scalar = None if node is None else self.scalar(node, what, due)
        if scalar is None:
            return None
        if pattern.fullmatch(scalar.value) and len(scalar.value) <= MAX_NAME:
            return Given(scalar.value, scalar.span)
        self.error(
            "E125",
            f"{what} must be {due}, not `{shown(scalar.value)}`",
            scalar.span,
            remedy=f"lower-case letters, digits and `_`, beginning with a letter, at most {MAX_NAME}",
        )
        return None

    def names(self, node: Node | None, what: str) -> tuple[Given[str], ...]:
        """A list of names, or one alone."""
        if isinstance(node, Scalar):
            one = self.name(node, what)
            return () if one is None else (one,)
        found = (self.name(item, what) for item in self.items(node, what))
        return tuple(name for name in found if name is not None)

    # expressions

    def expression(
        self, node: Node | None, what: str, start: int = 0, end: int | None = None
    ) -> Written | None:
        """An expression, or the part `[start:end]` of its text. A syntax error leaves `tree` None."""
        if node is None:
            return None
        if not isinstance(node, Scalar) and node.flow:
            node = Scalar(self.file.text[node.span.start : node.span.end], node.span, "plain", self.file)
        scalar = self.scalar(node, what, "an expression")
        if scalar is None:
            return None
        text = scalar.value[start:end]
        last = start + len(text.rstrip())
        place = scalar.places()
        span = Span(place(start), place(last)) if scalar.is_exact else scalar.span
        try:
            tree = parse(text, self.file, (lambda index: place(start + index)) if start else place)
        except SyntaxFault as fault:
            self.found.append(fault.diagnostic)
            return Written(text, span, None, self.file)
        return Written(" ".join(text.split()), span, tree, self.file)

    def value_expression(self, node: Node | None, what: str) -> Written | None:
        """The value of a line of `with`, `set` or `add`: plain is an expression, quoted is text."""
        if isinstance(node, Scalar) and node.style != "plain" and not node.broken:
            constant = Constant(node.value, node.span)
            return Written(f'"{node.value}"', node.span, constant, self.file)
        return self.expression(node, what)

    def pattern(self, node: Node, what: str, more: Sequence[str] = ()) -> Pattern | None:
        """An event by name, or `{event: NAME, where: EXPR}`; `more` are keys that the caller reads."""
        if isinstance(node, Scalar):
            event = self.event_name(node, what)
            return None if event is None else Pattern(event, None, event.span)
        mapping = self.mapping(node, what)
        if mapping is None:
            return None
        fields = self.fields(mapping, what, ("event", "where", *more), ("event",))
        event = self.event_name(fields.get("event"), f"the event of {what}")
        where = self.expression(fields.get("where"), "`where`")
        return None if event is None else Pattern(event, where, event.span)


def head(node: Node) -> Span:
    """The smallest span that stands for a node: its text, or the first key or bracket."""
    if isinstance(node, Scalar):
        return node.span if node.value else Span(node.span.start, node.span.start + 1)
    if isinstance(node, Mapping) and not node.flow and node.entries:
        return node.entries[0].key.span
    return Span(node.span.start, node.span.start + 1)


def is_event_name(text: str) -> bool:
    """Whether a text has the form `object.verb`."""
    return _EVENT_NAME.fullmatch(text) is not None


def shown(text: str) -> str:
    """A text as messages quote it: one line, not too long."""
    text = " ".join(text.split())
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 3] + "..."


def _shape(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a block"
    if isinstance(node, SequenceNode):
        return "a list"
    return f"`{shown(node.value)}`"
