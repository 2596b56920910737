"""Questions about a person's history: the event, its `where`, the property asked for, the window."""

from decimal import Decimal

from dsl import types
from dsl.catalog import EventType
from dsl.diagnostics import did_you_mean
from dsl.nodes import Compare, Expression, History, Logic, Name, Window
from dsl.resolution.kinship import has_order, is_amount, is_day, is_failed
from dsl.resolution.reading import FAILED, Reading, Typed
from dsl.source import Span
from dsl.types import ChoiceOf, ListOf, Number, Record, Type, describe

COUNTED = Number(minimum=Decimal(0))
ANY_WORD = ChoiceOf(())
"""A choice whose values the catalog does not know: the ids of steps."""
MESSAGE_MARKS = frozenset({"scenario", "step", "topic", "channel", "class"})
CHANGE_MARKS = frozenset({"attribute", "before", "after"})


def history(node: History, reading: Reading, _wanted: Type | None) -> Typed:
    """`did`, `count`, `sum`, `avg`, `min`, `max`, `first`, `latest`."""
    event = reading.env.catalog.events.get(node.event)
    if event is None:
        return _unknown_event(node, reading)
    where = None
    if node.where is not None:
        where = condition_on(event.properties, node.where, reading)
    window = _window(node.window, reading)
    type_ = _history_type(node, event, reading)
    made = History(node.function, node.event, node.path, where, window, node.span, node.name_span)
    return made, type_


def condition_on(record: Record, where: Expression, reading: Reading) -> Expression:
    """A `where` over the properties of an event; must be a condition."""
    inner = reading.looking_at(sharpened(record, where, reading))
    condition, type_ = inner.read(where, types.BOOLEAN)
    if not is_failed(type_) and type_ != types.BOOLEAN:
        reading.error(
            "E523", f"`where` is a condition, this is {describe(type_)}", where.span, describe(type_)
        )
    return condition


def sharpened(record: Record, where: Expression, reading: Reading) -> Record:
    """The properties as this `where` may use them.

    Steps of other scenarios are bare words; `before` and `after` of a change have the type of the attribute
    that the `where` itself fixes.
    """
    names = {name for name, _ in record.fields}
    changes: dict[str, Type] = {}
    if names >= MESSAGE_MARKS:
        changes["step"] = ANY_WORD
    if names >= CHANGE_MARKS:
        attribute = _fixed_attribute(where)
        declared = reading.env.catalog.attributes.get(attribute or "")
        if declared is not None:
            changes["before"] = changes["after"] = declared.type
    if not changes:
        return record
    return Record(tuple((name, changes.get(name, of)) for name, of in record.fields))


def _fixed_attribute(where: Expression) -> str | None:
    """The attribute of `attribute == tier`, alone or among conditions joined by `and`."""
    parts = where.operands if isinstance(where, Logic) and where.op == "and" else (where,)
    for part in parts:
        if isinstance(part, Compare) and part.op == "==":
            match part.left, part.right:
                case (Name(path=("attribute",)), Name(path=(word,))) | (
                    Name(path=(word,)),
                    Name(path=("attribute",)),
                ):
                    return word
    return None


def _unknown_event(node: History, reading: Reading) -> Typed:
    span = node.name_span
    if node.path and span.end - span.start == len(".".join((node.event, *node.path))):
        span = Span(span.start, span.start + len(node.event))
    known = reading.env.catalog.events
    remedy = did_you_mean(node.event, known) or "declare it under `events:` in catalog.yaml"
    return reading.failed(node, "E210", f"unknown event `{node.event}`", span, "not in the catalog", remedy)


def _history_type(node: History, event: EventType, reading: Reading) -> Type:
    if node.function == "did":
        return types.BOOLEAN
    if node.function == "count":
        return COUNTED
    if node.path == ("at",):
        of: Type | None = types.INSTANT
    elif not node.path:
        return Record((*event.properties.fields, ("at", types.INSTANT)))
    else:
        of = property_at(event.properties, node.path)
    if of is None:
        return _unknown_property(node, event, reading)
    fit = node.function in ("first", "latest") or (has_order(of) and not isinstance(of, ChoiceOf))
    if node.function in ("sum", "avg"):
        fit = is_amount(of)
    if not fit:
        wanted = "a number or money" if node.function in ("sum", "avg") else "a property with an order"
        message = f"`{node.function}` needs {wanted}, `{'.'.join(node.path)}` is {describe(of)}"
        reading.error("E525", message, node.name_span, describe(of))
        return FAILED
    return types.NUMBER if isinstance(of, Number) and node.function == "sum" else of


def property_at(of: Type, path: tuple[str, ...]) -> Type | None:
    """The type of a property of an event, through records and over lists."""
    for position, name in enumerate(path):
        if isinstance(of, ListOf):
            inner = property_at(of.item, path[position:])
            return None if inner is None else ListOf(inner)
        found = of.field(name) if isinstance(of, Record) else None
        if found is None:
            return None
        of = found
    return of


def _unknown_property(node: History, event: EventType, reading: Reading) -> Type:
    known = [name for name, _ in event.properties.fields]
    length = len(".".join(node.path))
    span = Span(max(node.span.start, node.span.end - length), node.span.end)
    if node.function in ("sum", "avg", "min", "max"):
        span = Span(max(node.name_span.start, node.name_span.end - length), node.name_span.end)
    remedy = did_you_mean(node.path[0], known) or f"it has {', '.join([*known, 'at'])}"
    reading.error("E512", f"`{node.event}` has no `{'.'.join(node.path)}`", span, "", remedy)
    return FAILED


# Windows


def _window(window: Window, reading: Reading) -> Window:
    if window.form == "since":
        _check_anchor(window, reading)
    if window.form != "between" or window.low is None or window.high is None:
        return window
    ends = []
    for end in (window.low, window.high):
        read, type_ = reading.read(end)
        if not is_failed(type_) and not is_day(type_):
            remedy = "write `between 2026-01-01 and today`"
            reading.error(
                "E520", f"a window goes from day to day, this is {describe(type_)}", end.span, "", remedy
            )
        ends.append(read)
    return Window("between", low=ends[0], high=ends[1], span=window.span)


def _check_anchor(window: Window, reading: Reading) -> None:
    anchor, env = window.anchor or "", reading.env
    span = Span(max(window.span.start, window.span.end - len(anchor)), window.span.end)
    if not env.in_run:
        remedy = "outside of a run, write `last 90 days`"
        reading.error("E513", f"there is no run here to count `since {anchor}`", span, "", remedy)
    elif anchor != "entry" and anchor not in env.step_ids:
        remedy = (
            did_you_mean(anchor, [*env.step_ids, "entry"]) or "write `since entry`, or the `id` of a step"
        )
        reading.error("E516", f"no step is called `{anchor}`", span, "", remedy)
