"""Located tree to steps that wait, branch and repeat: those that hold other steps."""

from decimal import Decimal
from typing import TypeAlias

from dsl import notation
from dsl import scenario as s
from dsl.moment_parser import moment
from dsl.shapes import head
from dsl.step_reader import Line, Steps
from dsl.tree import Mapping, Node


def wait(steps: Steps, line: Line) -> s.Step | None:
    """`wait` for a time, or until an instant."""
    until = moment(steps.shapes, line.value, "`wait`")
    if_past = steps.shapes.word(line.fields.get("if_past"), "`if_past`", s.IF_PAST)
    inner = line.fields.get("steps")
    parsed = steps.parse(inner, f"{line.frame.id}.steps.") if inner is not None else None
    return s.WaitStep(line.frame, until, if_past, parsed) if until else None


def wait_for(steps: Steps, line: Line) -> s.Step | None:
    """`wait_for` an event, one of several, a reply or a condition."""
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


def if_(steps: Steps, line: Line) -> s.Step | None:
    """`if` with `then` and `else`."""
    condition = steps.shapes.expression(line.value, "`if`")
    if "then" not in line.fields:
        steps.shapes.error("E122", "`if` needs `then`", line.frame.span, remedy="add `then:` with steps")
    then = steps.parse(line.fields.get("then"), f"{line.frame.id}.then.")
    otherwise = steps.parse(line.fields.get("else"), f"{line.frame.id}.else.")
    if condition is None:
        return None
    return s.ChooseStep(line.frame, (s.Case(condition, then, condition.span),), otherwise)


def choose(steps: Steps, line: Line) -> s.Step | None:
    """`choose`: the first case that holds, else `otherwise`."""
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


def split(steps: Steps, line: Line) -> s.Step | None:
    """`split` with `branches`; the shares make 100 %."""
    shapes = steps.shapes
    shares = shapes.mapping(line.value, "`split`")
    branches_node = line.fields.get("branches")
    branches = shapes.mapping(branches_node, "`branches`") if branches_node is not None else None
    if shares is None:
        return None
    names = [entry.key.value for entry in shares.entries]
    bodies = shapes.fields(branches, "`branches`", names, names) if branches is not None else {}
    if branches_node is None:
        shapes.error(
            "E122", "`split` needs `branches`", line.frame.span, remedy="add `branches:` with the steps"
        )
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


def repeat(steps: Steps, line: Line) -> s.Step | None:
    """`repeat` with its bound."""
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
