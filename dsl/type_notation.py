"""How types are written in the catalog: `text`, `{choice: [a, b]}`, `{list: {sku: text, qty: number}}`."""

from dsl import notation, types
from dsl.diagnostics import did_you_mean
from dsl.shapes import Shapes, head, shown
from dsl.tree import Mapping, Node, Scalar
from dsl.types import ChoiceOf, ListOf, Number, Record, Type

SIMPLE: dict[str, Type] = {
    "text": types.TEXT,
    "number": types.NUMBER,
    "money": types.MONEY,
    "boolean": types.BOOLEAN,
    "date": types.DATE,
    "instant": types.INSTANT,
    "time": types.TIME,
    "duration": types.DURATION,
    "email": types.EMAIL,
    "phone": types.PHONE,
}

TYPE_KEYS = ("type", "choice", "list", "ordered", "min", "max")


def read_type(shapes: Shapes, node: Node, what: str) -> Type | None:
    """A type: its name, or a block that describes it; any other block is a record."""
    if isinstance(node, Scalar):
        return _simple(shapes, node, what)
    mapping = shapes.mapping(node, what)
    if mapping is None:
        return None
    if any(mapping.get(key) is not None for key in ("type", "choice", "list")):
        fields = shapes.fields(mapping, what, TYPE_KEYS)
        return described(shapes, mapping, fields, what)
    return record(shapes, mapping, what)


def described(shapes: Shapes, mapping: Mapping, fields: dict[str, Node], what: str) -> Type | None:
    """The type that `type`, `choice` or `list` gives, with `ordered`, `min` and `max`."""
    said = [key for key in ("type", "choice", "list") if key in fields]
    if len(said) != 1:
        shapes.error(
            "E122", f"{what} needs one of `type`, `choice` or `list`", head(mapping), remedy="say its type"
        )
        return None
    node = fields[said[0]]
    if said[0] == "list":
        item = read_type(shapes, node, f"an item of {what}")
        return ListOf(item) if item else None
    if said[0] == "choice":
        return _choice(shapes, node, fields, what)
    type_ = _simple(shapes, node, what)
    if isinstance(type_, Number):
        low, high = (shapes.given(fields.get(key), f"`{key}`", notation.decimal) for key in ("min", "max"))
        return Number(low.value if low else None, high.value if high else None)
    if "min" in fields or "max" in fields:
        shapes.error("E127", f"{what} has bounds and is not a number", head(mapping))
    return type_


def _choice(shapes: Shapes, node: Node, fields: dict[str, Node], what: str) -> Type | None:
    options: dict[str, None] = {}
    for item in shapes.items(node, f"the choices of {what}"):
        scalar = shapes.scalar(item, "a choice", "a word")
        if scalar is not None and scalar.value in options:
            shapes.error("E127", f"the choice `{scalar.value}` stands twice", scalar.span)
        elif scalar is not None:
            options[scalar.value] = None
    ordered = shapes.value(fields.get("ordered"), "`ordered`", notation.boolean, default=False)
    return ChoiceOf(tuple(options), ordered) if options else None


def record(shapes: Shapes, node: Node, what: str, skip: tuple[str, ...] = ()) -> Record | None:
    """A record: a block of `name: TYPE` lines, without the keys to skip."""
    mapping = shapes.mapping(node, what)
    if mapping is None:
        return None
    fields = []
    for entry in mapping.entries:
        if entry.key.value in skip:
            continue
        name = shapes.name(entry.key, f"a property of {what}")
        type_ = read_type(shapes, entry.value, f"`{entry.key.value}`")
        if name and type_:
            fields.append((name.value, type_))
    return Record(tuple(fields))


def _simple(shapes: Shapes, node: Node, what: str) -> Type | None:
    scalar = shapes.scalar(node, what, "a type")
    if scalar is None:
        return None
    if scalar.value in SIMPLE:
        return SIMPLE[scalar.value]
    shapes.error(
        "E129",
        f"no type is called `{shown(scalar.value)}`",
        scalar.span,
        remedy=did_you_mean(scalar.value, SIMPLE) or "types are " + ", ".join(SIMPLE),
    )
    return None
