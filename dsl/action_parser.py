"""Located tree to steps that do one thing and go on: data, consent, events, calls, tasks, the exit."""

from dsl import scenario as s
from dsl.message_parser import variables
from dsl.shapes import Shapes, shown
from dsl.source import Span
from dsl.step_reader import Line, Steps
from dsl.tree import Node
from dsl.values import Duration


def assign(steps: Steps, line: Line) -> s.Step | None:
    """`set` and `add`."""
    found = assignments(steps.shapes, line.value, line.verb)
    return s.SetStep(line.frame, found) if found else None


def assignments(shapes: Shapes, node: Node, verb: str) -> tuple[s.Assignment, ...]:
    """The lines of `set` and `add`: `contact.x` or `run.x` to a value."""
    mapping = shapes.mapping(node, f"`{verb}`")
    found = []
    for entry in mapping.entries if mapping else ():
        scope, _, name = entry.key.value.partition(".")
        if scope not in ("contact", "run") or not name:
            shapes.error(
                "E127",
                f"`{verb}` cannot change `{shown(entry.key.value)}`",
                entry.key.span,
                remedy="it changes attributes (`contact.x`) and variables of the run (`run.x`)",
            )
            continue
        start = entry.key.span.start + len(scope) + 1
        given = s.Given(name, Span(start, entry.key.span.end))
        value = shapes.value_expression(entry.value, f"the value of `{entry.key.value}`")
        if value is not None:
            found.append(s.Assignment("run" if scope == "run" else "contact", given, value, s.ASSIGN[verb]))
    return tuple(found)


def grant(steps: Steps, line: Line) -> s.Step | None:
    """`grant` records consent."""
    shapes = steps.shapes
    mapping = shapes.mapping(line.value, "`grant`")
    required = ("topic", "channel", "text")
    fields = shapes.fields(mapping, "`grant`", (*required, "proof"), required) if mapping else {}
    topic, channel, text = (shapes.name(fields.get(name), f"`{name}`") for name in required)
    proof = shapes.text(fields.get("proof"), "`proof`") or ""
    return s.GrantStep(line.frame, topic, channel, text, proof) if topic and channel and text else None


def suppress(steps: Steps, line: Line) -> s.Step | None:
    """`suppress` stops a topic on a channel."""
    shapes = steps.shapes
    mapping = shapes.mapping(line.value, "`suppress`")
    required = ("topic", "channel", "reason")
    fields = shapes.fields(mapping, "`suppress`", required, required) if mapping else {}
    topic, channel = (shapes.name(fields.get(name), f"`{name}`") for name in required[:2])
    reason = shapes.text(fields.get("reason"), "`reason`")
    return s.SuppressStep(line.frame, topic, channel, reason) if topic and channel and reason else None


def emit(steps: Steps, line: Line) -> s.Step | None:
    """`emit` raises an event."""
    event = steps.shapes.event_name(line.value, "`emit`")
    with_ = variables(steps.shapes, line.fields.get("with"))
    return s.EmitStep(line.frame, event, with_) if event else None


def call(steps: Steps, line: Line) -> s.Step | None:
    """`call` a webhook."""
    shapes, fields = steps.shapes, line.fields
    webhook = shapes.name(line.value, "`call`")
    save_node, save = fields.get("save"), None
    scalar = shapes.scalar(save_node, "`save`", "a variable like `run.case`") if save_node else None
    if scalar is not None:
        scope, _, name = scalar.value.partition(".")
        if scope != "run" or not name.isidentifier():
            shapes.error("E123", "`save` must be a variable like `run.case`", scalar.span)
        save = s.Given(name, scalar.span)
    up_to = shapes.duration(fields.get("up_to"), "`up_to`")
    with_ = variables(shapes, fields.get("with"))
    on_error = shapes.choice(fields.get("on_error"), "`on_error`", s.ON_ERROR, "continue")
    length = up_to.value if up_to else Duration(seconds=3600)
    return s.CallStep(line.frame, webhook, with_, save, on_error, length) if webhook else None


def task(steps: Steps, line: Line) -> s.Step | None:
    """`task` for people."""
    shapes = steps.shapes
    task = shapes.text(line.value, "`task`")
    team = shapes.text(line.fields.get("team"), "`team`")
    due = shapes.duration(line.fields.get("due"), "`due`")
    if "team" not in line.fields:
        shapes.error("E122", "`task` needs `team`", line.frame.span, remedy="say who does it")
    return s.TaskStep(line.frame, task, team, due.value if due else None) if task and team else None


def exit_(steps: Steps, line: Line) -> s.Step | None:
    """`exit` with a reason."""
    reason = steps.shapes.name(line.value, "the reason of `exit`")
    return s.ExitStep(line.frame, reason.value) if reason else None
