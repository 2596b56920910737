"""Reading lists of steps: which verb a step has, what stands around it, and where it stands."""

from collections.abc import Callable
from typing import TypeAlias

from dsl import scenario as s
from dsl.diagnostics import did_you_mean
from dsl.frozen import dataclass
from dsl.shapes import Shapes, head, shown
from dsl.source import Span
from dsl.tree import Mapping, Node, is_null

COMMON = ("id", "title", "only_if")
MAX_STEPS = 1_000
"""And branches, of one scenario. A file of more was made by a mistake, or to do harm."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the tree has it: its verb, the fields around it, and where it stands."""

    verb: str
    value: Node
    fields: dict[str, Node]
    frame: s.Frame


StepParser: TypeAlias = "Callable[[Steps, Line], s.Step | None]"
Verbs: TypeAlias = dict[str, tuple[tuple[str, ...], StepParser]]
"""Verb to the keys that go with it, and the function that reads it."""


class Steps:
    """Parses lists of steps of one file. `channels` are the verbs that send."""

    def __init__(self, shapes: Shapes, channels: tuple[str, ...], verbs: Verbs) -> None:
        self.shapes = shapes
        self.channels = channels
        self._verbs = verbs
        self._read = 0

    def parse(self, node: Node | None, path: str = "") -> tuple[s.Step, ...]:
        """The steps of a list; `path` begins the ids that are made of the place."""
        self._count(node)
        items = () if is_null(node) else self.shapes.items(node, "`steps`")
        steps = (self._step(item, f"{path}{number}") for number, item in enumerate(items, 1))
        return tuple(step for step in steps if step is not None)

    def _count(self, node: Node | None) -> bool:
        """Whether there is room for one more step or branch; the first that has none is reported."""
        self._read += 1
        if self._read == MAX_STEPS + 1 and node is not None:
            what = f"more than {MAX_STEPS:,} steps and branches in one scenario"
            remedy = "split it: scenarios start one another with `emit`"
            self.shapes.error("E131", what, head(node), remedy=remedy)
        return self._read <= MAX_STEPS

    def _step(self, node: Node, place: str) -> s.Step | None:
        if not self._count(node):
            return None
        mapping = self.shapes.mapping(node, "a step")
        if mapping is None:
            return None
        verbs = tuple(self._verbs)
        written = [entry for entry in mapping.entries if entry.key.value in self._verbs]
        if not written:
            self._no_verb(mapping, verbs)
            return None
        verb = written[0].key.value
        keys, read = self._verbs[verb]
        also = [entry for entry in written[1:] if entry.key.value not in keys]
        if also:
            self.shapes.error(
                "E126",
                f"two steps in one: `{verb}` and `{also[0].key.value}`",
                also[0].key.span,
                label="a step of its own",
                remedy="begin it with `- `",
            )
            return None
        fields = self.shapes.fields(mapping, f"`{verb}`", (verb, *keys, *COMMON))
        return read(self, Line(verb, fields[verb], fields, self._frame(fields, place, written[0].key.span)))

    def _no_verb(self, mapping: Mapping, verbs: tuple[str, ...]) -> None:
        first = next((e.key for e in mapping.entries if e.key.value not in COMMON), None)
        if first is None:
            self.shapes.error("E126", "a step that does nothing", head(mapping), remedy="add what it does")
            return
        self.shapes.error(
            "E126",
            f"no step is called `{shown(first.value)}`",
            first.span,
            label="not known",
            remedy=did_you_mean(first.value, verbs) or "steps are " + ", ".join(verbs),
        )

    def _frame(self, fields: dict[str, Node], place: str, span: Span) -> s.Frame:
        given = self.shapes.name(fields.get("id"), "`id`")
        return s.Frame(
            id=given.value if given else place,
            given_id=given,
            title=self.shapes.text(fields.get("title"), "`title`"),
            only_if=self.shapes.expression(fields.get("only_if"), "`only_if`"),
            span=span,
        )
