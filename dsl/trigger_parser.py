"""Located tree to triggers: what makes a contact enter a scenario."""

from collections.abc import Callable
from datetime import time
from typing import TypeAlias

from dsl import notation
from dsl import scenario as s
from dsl.diagnostics import did_you_mean
from dsl.shapes import Shapes, head
from dsl.source import Span
from dsl.tree import Mapping, Node, Sequence
from dsl.type_notation import record
from dsl.values import Duration

Fields: TypeAlias = dict[str, Node]
TriggerParser: TypeAlias = Callable[[Shapes, Fields, Span], s.Trigger | None]


def triggers(shapes: Shapes, node: Node | None) -> tuple[s.Trigger, ...]:
    """One trigger, or a list."""
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items:
        shapes.error("E122", "`trigger` needs at least one", head(node))
    found = (_trigger(shapes, item) for item in items)
    return tuple(trigger for trigger in found if trigger is not None)


def _trigger(shapes: Shapes, node: Node) -> s.Trigger | None:
    mapping = shapes.mapping(node, "`trigger`")
    if mapping is None:
        return None
    form = _form(mapping)
    if form is None:
        first = mapping.entries[0].key if mapping.entries else None
        forms = ", ".join(f"`{name}`" for name in FORMS)
        remedy = (did_you_mean(first.value, FORMS) if first else None) or f"a trigger is one of {forms}"
        shapes.error(
            "E128", "a trigger must say what starts it", first.span if first else head(node), remedy=remedy
        )
        return None
    keys, read = FORMS[form]
    fields = shapes.fields(mapping, f"a trigger by `{form}`", (form, *keys))
    span = next(entry.key.span for entry in mapping.entries if entry.key.value == form)
    return read(shapes, fields, span)


def _form(mapping: Mapping) -> str | None:
    """Which form it is: `at` is an option of `date`, so that the table's order decides."""
    written = {entry.key.value for entry in mapping.entries}
    return next((form for form in FORMS if form in written), None)


def _event(shapes: Shapes, fields: Fields, span: Span) -> s.Trigger | None:
    pattern = shapes.pattern(fields["event"], "a trigger's event")
    where = shapes.expression(fields.get("where"), "`where`")
    for_each = shapes.expression(fields.get("for_each"), "`for_each`")
    reaches = shapes.expression(fields.get("reaches"), "`reaches`")
    if pattern is None:
        return None
    if pattern.where is not None and where is not None:
        shapes.error("E127", "`where` stands twice, in the event and beside it", where.span)
    joined = s.Pattern(pattern.event, pattern.where or where, pattern.span)
    return s.EventTrigger(joined, for_each, reaches, span)


def _date(shapes: Shapes, fields: Fields, span: Span) -> s.Trigger | None:
    date = shapes.expression(fields["date"], "`date`")
    repeat = shapes.word(fields.get("repeat"), "`repeat`", ("yearly",))
    offset = shapes.value(
        fields.get("offset"), "`offset`", lambda text: notation.duration(text, signed=True), Duration()
    )
    if offset.seconds:
        shapes.error("E123", "`offset` is whole days, weeks, months or years", head(fields["offset"]))
    if "at" not in fields:
        shapes.error("E122", "a trigger by `date` needs `at`", span, remedy="add `at: 09:00`")
    at = shapes.value(fields.get("at"), "`at`", notation.time_of_day, time(9))
    past = _if_past(shapes, fields, span)
    return s.DateTrigger(date, repeat is not None, offset, at, past, span) if date else None


def _if_past(shapes: Shapes, fields: Fields, span: Span) -> s.TriggerIfPast:
    if "if_past" not in fields:
        shapes.error(
            "E402",
            "the trigger does not say what happens when its time is already past",
            span,
            remedy="add `if_past: skip` or `if_past: enter`",
        )
    return shapes.choice(fields.get("if_past"), "`if_past`", s.TRIGGER_IF_PAST, "skip")


def _every(shapes: Shapes, fields: Fields, span: Span) -> s.Trigger | None:
    every = shapes.given(fields["every"], "`every`", notation.every)
    spread = shapes.duration(fields.get("spread"), "`spread`")
    if every is None:
        return None
    unit, on, at = every.value
    return s.ScanTrigger(unit, at, on, spread.value if spread else None, span)


def _segment(direction: s.Direction) -> TriggerParser:
    def read(shapes: Shapes, fields: Fields, span: Span) -> s.Trigger | None:
        segment = shapes.name(fields[direction], f"`{direction}`")
        checked = shapes.given(fields.get("checked"), "`checked`", notation.every)
        if checked and checked.value[0] != "day":
            shapes.error("E123", "`checked` is written `day at 09:00`", checked.span)
        existing = shapes.choice(fields.get("existing"), "`existing`", s.EXISTING, "ignore")
        at = checked.value[2] if checked else None
        return s.SegmentTrigger(segment, direction, at, existing == "include", span) if segment else None

    return read


def _changed(shapes: Shapes, fields: Fields, span: Span) -> s.Trigger | None:
    scalar = shapes.scalar(fields["changed"], "`changed`", "an attribute like `contact.tier`")
    where = shapes.expression(fields.get("where"), "`where`")
    imports = shapes.value(
        fields.get("include_imports"), "`include_imports`", notation.boolean, default=False
    )
    if scalar is None:
        return None
    scope, _, name = scalar.value.partition(".")
    if scope != "contact" or not name:
        shapes.error("E123", "`changed` names an attribute like `contact.tier`", scalar.span)
        return None
    start = scalar.offset_of(len(scope) + 1)
    return s.ChangeTrigger(s.Given(name, Span(start, start + len(name))), where, imports, span)


def _campaign(shapes: Shapes, fields: Fields, span: Span) -> s.Trigger | None:
    at = shapes.given(fields["at"], "`at`", notation.local_instant)
    spread = shapes.duration(fields.get("spread"), "`spread`")
    past = _if_past(shapes, fields, span)
    return s.CampaignTrigger(at.value, past, spread.value if spread else None, span) if at else None


def _api(shapes: Shapes, fields: Fields, span: Span) -> s.Trigger | None:
    node = fields["api"]
    mapping = shapes.mapping(node, "`api`")
    if mapping is None:
        return None
    inner = shapes.fields(mapping, "`api`", ("input",))
    inputs = record(shapes, inner["input"], "`input`") if "input" in inner else None
    return s.ApiTrigger(inputs.fields if inputs else (), span)


FORMS: dict[str, tuple[tuple[str, ...], TriggerParser]] = {
    "event": (("where", "for_each", "reaches"), _event),
    "date": (("repeat", "offset", "at", "if_past"), _date),
    "every": (("spread",), _every),
    "entered": (("checked", "existing"), _segment("entered")),
    "left": (("checked", "existing"), _segment("left")),
    "changed": (("where", "include_imports"), _changed),
    "at": (("if_past", "spread"), _campaign),
    "api": ((), _api),
}
