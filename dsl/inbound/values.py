"""What stands for a value in a source: a path, a fixed text in quotes, a translation, a list.

Plain is a path and quoted is text, as everywhere in the language. What another system writes is brought to
the type of the catalog by `conform`, which changes the form of a value and never guesses one.
"""

import re
from typing import Any

from dsl.catalog import Catalog
from dsl.inbound import model as m
from dsl.shapes import Shapes
from dsl.tree import Mapping, Node, Scalar
from dsl.types import ChoiceOf, ListOf, Number, Record, Simple, Type
from dsl.values import BadValue, read_value
from dsl.written import Given

PATH_KEYS = ("path", "values", "otherwise", "prefix", "as")
LIST_KEYS = ("list", "each")
EPOCHS: tuple[m.Epoch, ...] = ("unix_seconds", "unix_milliseconds")
PATH = re.compile(r"[A-Za-z_@$][A-Za-z0-9_@$:-]*(?:\.[A-Za-z0-9_@$:-]+)*")
"""How a path into JSON is written."""

_DECIMAL = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?")
_TEXTUAL = ("text", "email", "phone")


def read_path(text: str) -> tuple[str, ...]:
    """`customer.id`, `lines.0.sku`. Raises ValueError."""
    if not PATH.fullmatch(text):
        raise ValueError(
            'a path is written like `customer.id`; what is always the same stands in quotes: "web"'
        )
    return tuple(text.split("."))


def any_text(text: str) -> str:
    """Any text that names something."""
    return text


class Values:
    """Reads values of one file."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes

    def value(self, node: Node | None, what: str) -> m.Value | None:
        """A value; None where none is written, or where it was reported."""
        if node is None:
            return None
        if isinstance(node, Scalar):
            if node.style != "plain" and not node.broken:
                return m.Literally(node.value, node.span)
            path = self.shapes.given(node, what, read_path, "a path")
            return m.FromPath(path.value, path.span) if path else None
        mapping = self.shapes.mapping(node, what)
        if mapping is None:
            return None
        return self._listed(mapping, what) if mapping.get("list") is not None else self._from(mapping, what)

    def named(self, node: Node | None, what: str) -> tuple[tuple[Given[str], m.Value], ...]:
        """Names with a value each."""
        mapping = self.shapes.mapping(node, what) if node is not None else None
        found = []
        for entry in mapping.entries if mapping else ():
            name = self.shapes.name(entry.key, f"a name in {what}")
            value = self.value(entry.value, f"`{entry.key.value}`")
            if name and value:
                found.append((name, value))
        return tuple(found)

    def _listed(self, mapping: Mapping, what: str) -> m.FromList | None:
        fields = self.shapes.fields(mapping, what, LIST_KEYS, LIST_KEYS)
        path = self.shapes.given(fields.get("list"), "`list`", read_path, "a path")
        each = self.named(fields.get("each"), "`each`")
        return m.FromList(path.value, path.span, each) if path else None

    def _from(self, mapping: Mapping, what: str) -> m.FromPath | None:
        fields = self.shapes.fields(mapping, what, PATH_KEYS, ("path",))
        path = self.shapes.given(fields.get("path"), "`path`", read_path, "a path")
        if path is None:
            return None
        return m.FromPath(
            path.value,
            path.span,
            self._translations(fields.get("values")),
            self._otherwise(fields.get("otherwise")),
            self.shapes.text(fields.get("prefix"), "`prefix`") or "",
            epoch.value if (epoch := self.shapes.word(fields.get("as"), "`as`", EPOCHS)) else None,
        )

    def _translations(self, node: Node | None) -> dict[str, Given[str]]:
        mapping = self.shapes.mapping(node, "`values`") if node is not None else None
        found = {}
        for entry in mapping.entries if mapping else ():
            text = self.shapes.given(entry.value, f"what `{entry.key.value}` becomes", any_text)
            if text:
                found[entry.key.value] = text
        return found

    def _otherwise(self, node: Node | None) -> Given[str | None] | None:
        if isinstance(node, Scalar) and node.is_null:
            return Given(None, node.span)
        text = self.shapes.given(node, "`otherwise`", any_text)
        return Given(text.value, text.span) if text else None


def conform(type_: Type, raw: Any) -> Any:
    """JSON in the form of a type where only the form differs: `"85.00"` for money, 1001 for a text."""
    match type_:
        case ListOf(item=item) if isinstance(raw, list):
            return [conform(item, each) for each in raw]
        case Record() if isinstance(raw, dict):
            return {name: conform(of, raw[name]) for name, of in type_.fields if name in raw}
        case Number() | Simple(name="money") if isinstance(raw, str) and _DECIMAL.fullmatch(raw):
            return float(raw) if "." in raw else int(raw)
        case Simple(name="boolean") if raw in ("true", "false"):
            return raw == "true"
        case ChoiceOf():
            return as_text(raw)
        case Simple(name=name) if name in _TEXTUAL:
            return as_text(raw)
    return raw


def as_text(raw: Any) -> Any:
    """A JSON scalar as it is written; anything else as it is."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw) if isinstance(raw, int | float) else raw


def fault_of(type_: Type, text: str, catalog: Catalog) -> str | None:
    """Why a fixed text can never be of a type."""
    try:
        read_value(type_, conform(type_, text), catalog.brand.currency)
    except BadValue as error:
        return str(error)
    return None
