"""Located tree to message steps: `email: welcome_hello` and its options."""

from dsl import notation
from dsl import scenario as s
from dsl.policy import ALL_DAYS, Hours, OnCap
from dsl.shapes import Shapes, head
from dsl.step_reader import Line, Steps
from dsl.tree import Mapping, Node, Scalar, Sequence

MESSAGE_KEYS = ("with", "topic", "class", "tags", "hours", "on_cap", "expires", "sender")


def message_step(steps: Steps, line: Line) -> s.Step | None:
    """A step that sends by the channel that is its verb."""
    channel = Scalar(line.verb, line.frame.span, "plain", steps.shapes.file)
    form = message_form(steps.shapes, channel, line.fields, None)
    return s.MessageStep(line.frame, (form,), first_of=False) if form else None


def first_of(steps: Steps, line: Line) -> s.Step | None:
    """`first_of`: the first message whose channel can reach the person."""
    forms = []
    on_cap = steps.shapes.given(line.fields.get("on_cap"), "`on_cap`", notation.on_cap)
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
        form = message_form(steps.shapes, channel.key, fields, on_cap)
        forms.append(form)
    if not forms:
        steps.shapes.error("E122", "`first_of` needs at least one message", line.frame.span)
    kept = tuple(form for form in forms if form is not None)
    return s.MessageStep(line.frame, kept, first_of=True) if kept else None


def message_form(
    shapes: Shapes, channel: Scalar, fields: dict[str, Node], on_cap: s.Given[OnCap] | None
) -> s.MessageForm | None:
    """One way to send a message; `on_cap` is what `first_of` says for all of its own."""
    message = shapes.name(fields.get(channel.value), f"`{channel.value}`")
    hours = fields.get("hours")
    form = s.MessageForm(
        channel=s.Given(channel.value, channel.span),
        message=message or s.Given("", channel.span),
        with_=variables(shapes, fields.get("with")),
        topic=shapes.name(fields.get("topic"), "`topic`"),
        message_class=shapes.word(fields.get("class"), "`class`", s.CLASSES),
        tags=shapes.names(fields.get("tags"), "a tag"),
        hours=read_hours(shapes, hours, "`hours`") if hours is not None else None,
        on_cap=shapes.given(fields.get("on_cap"), "`on_cap`", notation.on_cap) or on_cap,
        expires=shapes.duration(fields.get("expires"), "`expires`"),
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
    return s.Given(Hours(start, end, _days(shapes, fields.get("days")), skip), head(mapping))


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
