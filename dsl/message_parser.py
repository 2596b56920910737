"""Located tree to message steps: `email: welcome_hello` and its options."""

from dsl import notation
from dsl import scenario as s
from dsl.catalog import MessageClass
from dsl.frozen import dataclass
from dsl.policy import ALL_DAYS, Hours, OnCap
from dsl.shapes import Shapes, head
from dsl.step_reader import Line, Steps
from dsl.tree import Mapping, Node, Scalar, Sequence
from dsl.values import Duration

SHARED_KEYS = ("topic", "class", "tags", "hours", "on_cap", "expires")
"""What `first_of` may say once for all of its messages; each may say its own."""

MESSAGE_KEYS = ("with", *SHARED_KEYS, "sender")


@dataclass(frozen=True)
class _Options:
    """What a message says of itself beside its text, or `first_of` for all of its own."""

    topic: s.Given[str] | None = None
    message_class: s.Given[MessageClass] | None = None
    tags: tuple[s.Given[str], ...] = ()
    hours: s.Given[Hours] | None = None
    on_cap: s.Given[OnCap] | None = None
    expires: s.Given[Duration] | None = None


_NO_OPTIONS = _Options()


def message_step(steps: Steps, line: Line) -> s.Step | None:
    """A step that sends by the channel that is its verb."""
    channel = Scalar(line.verb, line.frame.span, "plain", steps.shapes.file)
    form = _message_form(steps.shapes, channel, line.fields, _NO_OPTIONS)
    return s.MessageStep(line.frame, (form,), first_of=False) if form else None


def first_of(steps: Steps, line: Line) -> s.Step | None:
    """`first_of`: the first message whose channel can reach the person."""
    forms = []
    shared = _options(steps.shapes, line.fields)
    for item in steps.shapes.items(line.value, "`first_of`"):
        mapping = steps.shapes.mapping(item, "a message of `first_of`")
        if mapping is None:
            continue
        channel = next((e for e in mapping.entries if e.key.value in steps.channels), None)
        if channel is None:
            steps.shapes.error(
                "E126",
                "`first_of` takes message steps only",
                head(mapping),
                remedy="one of " + ", ".join(f"`{c}`" for c in steps.channels),
            )
            continue
        fields = steps.shapes.fields(mapping, "a message of `first_of`", (channel.key.value, *MESSAGE_KEYS))
        forms.append(_message_form(steps.shapes, channel.key, fields, shared))
    if not forms:
        steps.shapes.error("E122", "`first_of` needs at least one message", line.frame.span)
    kept = tuple(form for form in forms if form is not None)
    return s.MessageStep(line.frame, kept, first_of=True) if kept else None


def _options(shapes: Shapes, fields: dict[str, Node]) -> _Options:
    hours = fields.get("hours")
    return _Options(
        topic=shapes.name(fields.get("topic"), "`topic`"),
        message_class=shapes.word(fields.get("class"), "`class`", s.CLASSES),
        tags=shapes.names(fields.get("tags"), "a tag"),
        hours=read_hours(shapes, hours, "`hours`") if hours is not None else None,
        on_cap=shapes.given(fields.get("on_cap"), "`on_cap`", notation.on_cap),
        expires=shapes.duration(fields.get("expires"), "`expires`"),
    )


def _message_form(
    shapes: Shapes, channel: Scalar, fields: dict[str, Node], shared: _Options
) -> s.MessageForm | None:
    """One way to send a message; what it does not say itself is as `shared` says."""
    message = shapes.name(fields.get(channel.value), f"`{channel.value}`")
    own = _options(shapes, fields)
    form = s.MessageForm(
        channel=s.Given(channel.value, channel.span),
        message=message or s.Given("", channel.span),
        with_=variables(shapes, fields.get("with")),
        topic=own.topic or shared.topic,
        message_class=own.message_class or shared.message_class,
        tags=(*shared.tags, *own.tags),
        hours=own.hours or shared.hours,
        on_cap=own.on_cap or shared.on_cap,
        expires=own.expires or shared.expires,
        sender=shapes.name(fields.get("sender"), "`sender`"),
    )
    return form if message else None


def variables(shapes: Shapes, node: Node | None) -> tuple[s.Variable, ...]:
    """The lines of `with`."""
    mapping = shapes.mapping(node, "`with`") if node is not None else None
    found = []
    for entry in mapping.entries if mapping else ():
        name = shapes.name(entry.key, "a name in `with`")
        value = shapes.value_expression(entry.value, f"the value of `{entry.key.value}`")
        if name and value:
            found.append(s.Variable(name, value))
    return tuple(found)


def read_hours(shapes: Shapes, node: Node, what: str) -> s.Given[Hours] | None:
    """`{allow: "10:00-20:00", days: mon-fri, holidays: skip}`."""
    mapping = shapes.mapping(node, what)
    if mapping is None:
        return None
    fields = shapes.fields(mapping, what, ("allow", "days", "holidays"))
    start, end = shapes.value(
        fields.get("allow"), "`allow`", notation.hours_range, (Hours().start, Hours().end)
    )
    skip = shapes.choice(fields.get("holidays"), "`holidays`", ("skip", "allow"), "allow") == "skip"
    return s.Given(
        Hours(start, end, _days(shapes, fields.get("days")), skip), head(fields.get("allow", mapping))
    )


def _days(shapes: Shapes, node: Node | None) -> tuple[int, ...]:
    if node is None:
        return ALL_DAYS
    if isinstance(node, Sequence):
        none: tuple[int, ...] = ()
        each = [shapes.value(item, "`days`", notation.weekdays, none) for item in node.items]
        return tuple(sorted({day for days in each for day in days}))
    if isinstance(node, Mapping):
        shapes.wrong(node, "`days`", "days like `mon-fri`")
        return ALL_DAYS
    return shapes.value(node, "`days`", notation.weekdays, ALL_DAYS)
