"""Located tree to steps. One function a verb; `VERBS` is the table of what can be written."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from dsl import notation
from dsl import scenario as s
from dsl.diagnostics import did_you_mean
from dsl.message_parser import MESSAGE_KEYS, message_form, message_step, variables
from dsl.moment_parser import moment
from dsl.shapes import Shapes, head, shown
from dsl.source import Span
from dsl.tree import Mapping, Node, is_null
from dsl.values import Duration

COMMON = ("id", "title", "only_if")


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the tree has it: its verb, the fields around it, and where it stands."""

    verb: str
    value: Node
    fields: dict[str, Node]
    frame: s.Frame


StepParser: TypeAlias = "Callable[[Steps, Line], s.Step | None]"


class Steps:
    """Parses lists of steps of one file. `channels` are the verbs that send."""

    def __init__(self, shapes: Shapes, channels: tuple[str, ...]) -> None:
        self.shapes = shapes
        self.channels = channels

    def parse(self, node: Node | None, path: str = "") -> tuple[s.Step, ...]:
        """The steps of a list; `path` begins the ids that are made of the place."""
        items = () if is_null(node) else self.shapes.items(node, "`steps`")
        steps = (self._step(item, f"{path}{number}") for number, item in enumerate(items, 1))
        return tuple(step for step in steps if step is not None)

    def _step(self, node: Node, place: str) -> s.Step | None:
        mapping = self.shapes.mapping(node, "a step")
        if mapping is None:
            return None
        verbs = (*self.channels, *VERBS)
        written = [entry for entry in mapping.entries if entry.key.value in verbs]
        if not written:
            self._no_verb(mapping, verbs)
            return None
        verb = written[0].key.value
        keys, read = VERBS.get(verb, (MESSAGE_KEYS, message_step))
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


def _first_of(steps: Steps, line: Line) -> s.Step | None:
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


def _wait(steps: Steps, line: Line) -> s.Step | None:
    until = moment(steps.shapes, line.value, "`wait`")
    if_past = steps.shapes.word(line.fields.get("if_past"), "`if_past`", s.IF_PAST)
    inner = line.fields.get("steps")
    parsed = steps.parse(inner, f"{line.frame.id}.steps.") if inner is not None else None
    return s.WaitStep(line.frame, until, if_past, parsed) if until else None


def _wait_for(steps: Steps, line: Line) -> s.Step | None:
    shapes, fields, frame = steps.shapes, line.fields, line.frame
    up_to_node = fields.get("up_to")
    up_to = moment(shapes, up_to_node, "`up_to`") if up_to_node is not None else None
    if isinstance(up_to, s.UntilTime):
        shapes.error("E123", "`up_to` is a duration, or `until` a date or an instant", up_to.span)
    branches, reply, condition = _awaited(steps, line)
    if not branches and reply is None and condition is None:
        return None
    timeout = fields.get("timeout")
    return s.WaitForStep(
        frame,
        branches,
        reply,
        condition,
        up_to,
        steps.parse(fields.get("then"), f"{frame.id}.then."),
        steps.parse(timeout, f"{frame.id}.timeout.") if timeout is not None else None,
        head(timeout) if timeout is not None else None,
    )


_AWAITED: TypeAlias = tuple[tuple[s.WaitBranch, ...], "s.Given[str] | None", "s.Written | None"]


def _awaited(steps: Steps, line: Line) -> _AWAITED:
    """What a `wait_for` waits for: branches, a reply, or a condition."""
    shapes, node = steps.shapes, line.value
    if isinstance(node, Mapping) and node.entries:
        only = node.entries[0].key.value
        if only in ("any", "reply", "condition"):
            fields = shapes.fields(node, "`wait_for`", (only,))
            match only:
                case "any":
                    return _branches(steps, line, fields["any"]), None, None
                case "reply":
                    return (), shapes.name(fields["reply"], "`reply`"), None
                case _:
                    return (), None, shapes.expression(fields["condition"], "`condition`")
    pattern = shapes.pattern(node, "`wait_for`")
    # The step's own id names the event that ended the wait, as a branch of `any` has one.
    return ((s.WaitBranch(pattern, line.frame.given_id, ()),), None, None) if pattern else ((), None, None)


def _branches(steps: Steps, line: Line, node: Node) -> tuple[s.WaitBranch, ...]:
    found = []
    if "then" in line.fields:
        steps.shapes.error(
            "E127",
            "`then` stands beside `any`",
            head(line.fields["then"]),
            remedy="give each pattern of `any` its own `then`",
        )
    for number, item in enumerate(steps.shapes.items(node, "`any`"), 1):
        pattern = steps.shapes.pattern(item, "a pattern of `any`", ("id", "then"))
        if pattern is None:
            continue
        fields = {e.key.value: e.value for e in item.entries} if isinstance(item, Mapping) else {}
        then = steps.parse(fields.get("then"), f"{line.frame.id}.any.{number}.")
        found.append(s.WaitBranch(pattern, steps.shapes.name(fields.get("id"), "`id`"), then))
    return tuple(found)


def _if(steps: Steps, line: Line) -> s.Step | None:
    condition = steps.shapes.expression(line.value, "`if`")
    if "then" not in line.fields:
        steps.shapes.error("E122", "`if` needs `then`", line.frame.span, remedy="add `then:` with steps")
    then = steps.parse(line.fields.get("then"), f"{line.frame.id}.then.")
    otherwise = steps.parse(line.fields.get("else"), f"{line.frame.id}.else.")
    if condition is None:
        return None
    return s.ChooseStep(line.frame, (s.Case(condition, then, condition.span),), otherwise)


def _choose(steps: Steps, line: Line) -> s.Step | None:
    cases: list[s.Case] = []
    otherwise: tuple[s.Step, ...] = ()
    items = steps.shapes.items(line.value, "`choose`")
    for number, item in enumerate(items, 1):
        mapping = steps.shapes.mapping(item, "a case of `choose`")
        if mapping is None:
            continue
        if mapping.get("otherwise") is not None:
            fields = steps.shapes.fields(mapping, "`otherwise`", ("otherwise",))
            otherwise = steps.parse(fields["otherwise"], f"{line.frame.id}.otherwise.")
            if number < len(items):
                steps.shapes.error("E127", "`otherwise` must be the last case", head(mapping))
            continue
        fields = steps.shapes.fields(mapping, "a case", ("when", "steps"), ("when", "steps"))
        when = steps.shapes.expression(fields.get("when"), "`when`")
        inner = steps.parse(fields.get("steps"), f"{line.frame.id}.choose.{number}.")
        if when is not None:
            cases.append(s.Case(when, inner, when.span))
    if not cases:
        steps.shapes.error("E122", "`choose` needs at least one `when`", line.frame.span)
        return None
    return s.ChooseStep(line.frame, tuple(cases), otherwise)


def _split(steps: Steps, line: Line) -> s.Step | None:
    shapes = steps.shapes
    shares = shapes.mapping(line.value, "`split`")
    branches_node = line.fields.get("branches")
    branches = shapes.mapping(branches_node, "`branches`") if branches_node is not None else None
    if shares is None:
        return None
    names = [entry.key.value for entry in shares.entries]
    bodies = shapes.fields(branches, "`branches`", names) if branches is not None else {}
    arms = []
    for entry in shares.entries:
        name = shapes.name(entry.key, "an arm")
        share = shapes.given(entry.value, "a share", notation.share)
        if name and share:
            inner = steps.parse(bodies.get(name.value), f"{line.frame.id}.{name.value}.")
            arms.append(s.Arm(name, share.value, inner))
    experiment = shapes.value(line.fields.get("experiment"), "`experiment`", notation.boolean, default=False)
    total = sum((arm.share for arm in arms), Decimal(0))
    if len(arms) == len(shares.entries) and total != 1:
        shapes.error("E127", f"the shares make {(total * 100).normalize():f}%, not 100%", line.frame.span)
    return s.SplitStep(line.frame, tuple(arms), experiment) if arms else None


def _assign(steps: Steps, line: Line) -> s.Step | None:
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


def _grant(steps: Steps, line: Line) -> s.Step | None:
    shapes = steps.shapes
    mapping = shapes.mapping(line.value, "`grant`")
    required = ("topic", "channel", "text")
    fields = shapes.fields(mapping, "`grant`", (*required, "proof"), required) if mapping else {}
    topic, channel, text = (shapes.name(fields.get(name), f"`{name}`") for name in required)
    proof = shapes.text(fields.get("proof"), "`proof`") or ""
    return s.GrantStep(line.frame, topic, channel, text, proof) if topic and channel and text else None


def _suppress(steps: Steps, line: Line) -> s.Step | None:
    shapes = steps.shapes
    mapping = shapes.mapping(line.value, "`suppress`")
    required = ("topic", "channel", "reason")
    fields = shapes.fields(mapping, "`suppress`", required, required) if mapping else {}
    topic, channel = (shapes.name(fields.get(name), f"`{name}`") for name in required[:2])
    reason = shapes.text(fields.get("reason"), "`reason`")
    return s.SuppressStep(line.frame, topic, channel, reason) if topic and channel and reason else None


def _emit(steps: Steps, line: Line) -> s.Step | None:
    event = steps.shapes.event_name(line.value, "`emit`")
    with_ = variables(steps.shapes, line.fields.get("with"))
    return s.EmitStep(line.frame, event, with_) if event else None


def _call(steps: Steps, line: Line) -> s.Step | None:
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


def _task(steps: Steps, line: Line) -> s.Step | None:
    shapes = steps.shapes
    task = shapes.text(line.value, "`task`")
    team = shapes.text(line.fields.get("team"), "`team`")
    due = shapes.duration(line.fields.get("due"), "`due`")
    if "team" not in line.fields:
        shapes.error("E122", "`task` needs `team`", line.frame.span, remedy="say who does it")
    return s.TaskStep(line.frame, task, team, due.value if due else None) if task and team else None


def _repeat(steps: Steps, line: Line) -> s.Step | None:
    shapes = steps.shapes
    inner = steps.parse(line.fields.get("steps"), f"{line.frame.id}.steps.")
    mapping = shapes.mapping(line.value, "`repeat`")
    if mapping is None:
        return None
    fields = shapes.fields(mapping, "`repeat`", ("every", "at_most", "until"))
    if "every" not in fields or "at_most" not in fields:
        shapes.error(
            "E401",
            "`repeat` has no bound",
            line.frame.span,
            remedy="say `every: 14 days` and `at_most: 5`",
            note="every loop has a wait and a bound, so that the number of messages can be known",
        )
    every = shapes.duration(fields.get("every"), "`every`")
    at_most = shapes.given(fields.get("at_most"), "`at_most`", notation.whole_number)
    until = shapes.expression(fields.get("until"), "`until`")
    if at_most and at_most.value < 1:
        shapes.error("E123", "`at_most` must be at least 1", at_most.span)
    return s.RepeatStep(line.frame, every.value, at_most.value, until, inner) if every and at_most else None


def _exit(steps: Steps, line: Line) -> s.Step | None:
    reason = steps.shapes.name(line.value, "the reason of `exit`")
    return s.ExitStep(line.frame, reason.value) if reason else None


VERBS: dict[str, tuple[tuple[str, ...], StepParser]] = {
    "first_of": (("on_cap",), _first_of),
    "wait": (("if_past", "steps"), _wait),
    "wait_for": (("up_to", "then", "timeout"), _wait_for),
    "if": (("then", "else"), _if),
    "choose": ((), _choose),
    "split": (("branches", "experiment"), _split),
    "set": ((), _assign),
    "add": ((), _assign),
    "grant": ((), _grant),
    "suppress": ((), _suppress),
    "emit": (("with",), _emit),
    "call": (("with", "save", "on_error", "up_to"), _call),
    "task": (("team", "due"), _task),
    "repeat": (("steps",), _repeat),
    "exit": ((), _exit),
}
