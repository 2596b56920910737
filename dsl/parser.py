"""Located tree to Scenario: what stands above the steps, and the steps by `step_parser`."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from dsl import notation
from dsl import scenario as s
from dsl.action_parser import assignments
from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.shapes import Shapes, head, is_event_name
from dsl.source import SourceFile, Span
from dsl.step_parser import steps_reader
from dsl.tree import Mapping, Node, Scalar
from dsl.trigger_parser import triggers
from dsl.written import Given

KEYS = (
    "scenario", "title", "owner", "stage", "kpi", "topic", "class", "priority", "tags", "zone", "trigger",
    "audience", "entry", "key", "while_active", "existing", "goal", "exit_when", "handlers", "holdout",
    "on_edit", "steps",
)  # fmt: skip
REQUIRED = ("scenario", "trigger", "entry", "steps")
MAX_PRIORITY = 100
DEFAULT_PRIORITY = 50
_NAMELESS = Given("", Span(0, 0))


@dataclass(frozen=True)
class Parsed:
    """A scenario as far as it could be read; `whole`: nothing that was written is left out."""

    scenario: s.Scenario | None
    diagnostics: tuple[Diagnostic, ...]
    whole: bool


@dataclass(frozen=True)
class Words:
    """What a parser must know of the catalog: channels are verbs, and attributes are not events."""

    channels: tuple[str, ...]
    attributes: frozenset[str]


def parse_scenario(file: SourceFile, root: Node, program: str, words: Words) -> Parsed:
    """The scenario of a file."""
    shapes = Shapes(file)
    mapping = shapes.mapping(root, "a scenario")
    scenario = _scenario(shapes, mapping, program, words) if mapping else None
    return Parsed(scenario, tuple(shapes.found), shapes.whole)


def _scenario(shapes: Shapes, mapping: Mapping, program: str, words: Words) -> s.Scenario | None:
    fields = shapes.fields(mapping, "a scenario", KEYS, REQUIRED)
    name = shapes.name(fields.get("scenario"), "`scenario`")
    # Nameless, it is read for what else is wrong with it.
    found = _named(shapes, fields, name or _NAMELESS, program, words)
    return found if name else None


def _named(
    shapes: Shapes, fields: dict[str, Node], name: Given[str], program: str, words: Words
) -> s.Scenario:
    return s.Scenario(
        file=shapes.file,
        program=program,
        name=name,
        title=shapes.text(fields.get("title"), "`title`") or name.value,
        owner=shapes.text(fields.get("owner"), "`owner`") or "",
        topic=shapes.name(fields.get("topic"), "`topic`"),
        message_class=shapes.word(fields.get("class"), "`class`", s.CLASSES),
        priority=_priority(shapes, fields.get("priority")),
        triggers=triggers(shapes, fields.get("trigger")),
        audience=shapes.expression(fields.get("audience"), "`audience`"),
        entry=_entry(shapes, fields.get("entry")),
        key=shapes.expression(fields.get("key"), "`key`"),
        while_active=shapes.choice(fields.get("while_active"), "`while_active`", s.WHILE_ACTIVE, "ignore"),
        goal=_goal(shapes, fields.get("goal")),
        exits=_exits(shapes, fields.get("exit_when"), words),
        handlers=_handlers(shapes, fields.get("handlers")),
        holdout=shapes.value(fields.get("holdout"), "`holdout`", notation.share, Decimal(0)),
        on_edit=_on_edit(shapes, fields.get("on_edit")),
        existing=shapes.choice(fields.get("existing"), "`existing`", s.EXISTING, "ignore"),
        zone=_zone(shapes, fields.get("zone")),
        tags=shapes.names(fields.get("tags"), "a tag"),
        stage=shapes.text(fields.get("stage"), "`stage`"),
        kpi=shapes.text(fields.get("kpi"), "`kpi`"),
        steps=steps_reader(shapes, words.channels).parse(fields.get("steps")),
    )


def _priority(shapes: Shapes, node: Node | None) -> int:
    given = shapes.given(node, "`priority`", notation.whole_number, "a number from 0 to 100")
    if given is None:
        return DEFAULT_PRIORITY
    if not 0 <= given.value <= MAX_PRIORITY:
        shapes.error("E123", "`priority` goes from 0 to 100", given.span)
    return given.value


def _entry(shapes: Shapes, node: Node | None) -> s.Entry | None:
    scalar = shapes.scalar(node, "`entry`", "an entry rule") if node is not None else None
    if scalar is None:
        return None
    text, span = scalar.value.strip(), scalar.span
    if text == "once":
        return s.Entry("once", None, span)
    if text == "always":
        return s.Entry("always", None, span)
    try:
        if text.startswith("once per "):
            return s.Entry("once_per", notation.duration(text.removeprefix("once per ")), span)
    except ValueError:
        pass
    remedy = "it is `once`, `always` or `once per 90 days`"
    if text.removeprefix("once per ") in notation.UNITS:
        remedy = f"write `once per 1 {text.removeprefix('once per ')}`"
    shapes.error("E124", f"`entry` cannot be `{text}`", span, remedy=remedy)
    return None


def _goal(shapes: Shapes, node: Node | None) -> s.Goal | None:
    if node is None:
        return None
    pattern = shapes.pattern(node, "`goal`", ("within", "exit"))
    fields = _entries(node)
    within = shapes.duration(fields.get("within"), "`within`")
    exits = shapes.value(fields.get("exit"), "`exit`", notation.boolean, default=True)
    return s.Goal(pattern, within.value if within else None, exits) if pattern else None


def _entries(node: Node) -> dict[str, Node]:
    return {entry.key.value: entry.value for entry in node.entries} if isinstance(node, Mapping) else {}


def _exits(shapes: Shapes, node: Node | None, words: Words) -> tuple[s.Exit, ...]:
    """A list of patterns and conditions. A text that is an event's name is a pattern."""
    if node is None:
        return ()
    items = (node,) if isinstance(node, Scalar) else shapes.items(node, "`exit_when`")
    found = (_exit(shapes, item, words) for item in items)
    return tuple(each for each in found if each is not None)


def _exit(shapes: Shapes, node: Node, words: Words) -> s.Exit | None:
    fields = _entries(node)
    reason = shapes.name(fields.get("as"), "`as`")
    called = reason.value if reason else None
    if "condition" in fields and isinstance(node, Mapping):
        shapes.fields(node, "a line of `exit_when`", ("condition", "as"))
        condition = shapes.expression(fields["condition"], "`condition`")
        return s.Exit(None, condition, called, condition.span) if condition else None
    if isinstance(node, Scalar) and not _is_event(node.value, words):
        condition = shapes.expression(node, "a line of `exit_when`")
        return s.Exit(None, condition, called, condition.span) if condition else None
    pattern = shapes.pattern(node, "a line of `exit_when`", ("as",))
    return s.Exit(pattern, None, called, pattern.span) if pattern else None


def _is_event(text: str, words: Words) -> bool:
    """`order.placed` is an event; `contact.is_professional` is a condition, by the catalog."""
    scope, _, name = text.partition(".")
    return (
        is_event_name(text)
        and scope not in ("run", "event")
        and not (scope == "contact" and name in words.attributes)
    )


def _handlers(shapes: Shapes, node: Node | None) -> tuple[s.Handler, ...]:
    found = []
    for item in shapes.items(node, "`handlers`"):
        pattern = shapes.pattern(item, "a handler", ("set", "add"))
        fields = _entries(item)
        changes = tuple(
            line
            for verb in ("set", "add")
            if verb in fields
            for line in assignments(shapes, fields[verb], verb)
        )
        if "set" not in fields and "add" not in fields:
            shapes.error("E122", "a handler needs `set`", head(item), remedy="say what the event changes")
        if pattern and changes:
            found.append(s.Handler(pattern, changes))
    return tuple(found)


def _on_edit(shapes: Shapes, node: Node | None) -> s.OnEdit:
    if isinstance(node, Mapping):
        fields = shapes.fields(node, "`on_edit`", ("move",), ("move",))
        word = shapes.word(fields.get("move"), "`move`", ("exit", "finish"))
        return "move_finish" if word and word.value == "finish" else "move_exit"
    return shapes.choice(node, "`on_edit`", ("finish", "restart", "exit"), "finish")


def _zone(shapes: Shapes, node: Node | None) -> str | None:
    given = shapes.given(node, "`zone`", zone_name, "a time zone")
    return given.value if given else None


def zone_name(text: str) -> str:
    """The name of a time zone that exists. Raises ValueError."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("a time zone is written like `Europe/Paris` or `UTC`") from None
    return text
