"""Plain values and points of the calendar in stories, typed by what the catalog wants."""

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Literal

from dsl import notation
from dsl.diagnostics import did_you_mean
from dsl.frozen import dataclass
from dsl.local_time import EARLIEST_YEAR, LATEST_YEAR
from dsl.shapes import Shapes, head, shown
from dsl.story import Later, StoryValue, When
from dsl.tree import Mapping as MappingNode
from dsl.tree import Node, Scalar, Sequence, is_null
from dsl.types import ChoiceOf, ListOf, Number, Record, Simple, Type, describe
from dsl.values import BadValue, read_value

_DAY = re.compile(r"day (-?\d{1,5})(?: (\d\d:\d\d))?")
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?")
FURTHEST = 4_000
"""Days from `starts` to a line. Each is played, which takes minutes where a year is a slip of the pen."""
HOW = "`day 3`, `day 3 10:00` or `2027-02-18 10:00`"


def when(text: str) -> When:
    """`day 3`, `day 3 10:00`, `2027-02-18 10:00`, `2027-02-18`. Raises ValueError."""
    text = " ".join(text.split())
    counted = _DAY.fullmatch(text)
    if counted:
        return When(int(counted[1]), _time(counted[2]))
    local = _LOCAL.fullmatch(text)
    if local is None:
        raise ValueError(f"a time of a story is written {HOW}")
    try:
        day = date.fromisoformat(local[1])
    except ValueError:
        raise ValueError(f"there is no such day: {local[1]}") from None
    return When(_in_calendar(day), _time(local[2]))


def _time(text: str | None) -> time | None:
    return None if text is None else notation.time_of_day(text)


def first_day(text: str) -> date:
    """`2027-02-15`. Raises ValueError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("a day is written like `2027-02-15`") from None
    return _in_calendar(day)


def point_of(shapes: Shapes, node: Node | None, starts: date | None) -> When | None:
    """`at:` of a line of a story, near enough to be waited for; None where it was reported."""
    found = shapes.given(node, "`at`", when, "a time like `day 3 10:00`")
    if found is None or starts is None:
        return None
    day = found.value.day
    days = day if isinstance(day, int) else (day - starts).days
    if abs(days) <= FURTHEST:
        return found.value
    message = f"`at`: `{found.value}` is {abs(days)} days {'after' if days > 0 else 'before'} `starts`"
    remedy = f"a line is at most {FURTHEST} days from `starts`"
    shapes.error("E123", message, found.span, remedy=remedy)
    return None


def _in_calendar(day: date) -> date:
    """A day counted from the ends of this calendar is a day in every zone, and so is all that follows."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(f"the calendar of stories is that of the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day


@dataclass(frozen=True)
class Values:
    """Reads plain values of one file; `currency` is the brand's."""

    shapes: Shapes
    currency: str

    def record(
        self,
        node: Node | None,
        what: str,
        fields: Mapping[str, Type],
        code: Literal["E211", "E213"],
    ) -> dict[str, StoryValue]:
        """A block of values of declared names; `code` is how an unknown one is reported."""
        if node is None or is_null(node):
            return {}
        mapping = self.shapes.mapping(node, what)
        values: dict[str, StoryValue] = {}
        for entry in mapping.entries if mapping else ():
            name = entry.key.value
            of = fields.get(name)
            if of is None:
                noun = "attribute" if code == "E211" else "property"
                remedy = did_you_mean(name, fields) or "there are: " + ", ".join(sorted(fields))
                message = f"{what} has no {noun} `{shown(name)}`"
                self.shapes.error(code, message, entry.key.span, label="not in catalog.yaml", remedy=remedy)
                continue
            values[name] = self.value(entry.value, of, f"`{name}`")
        return values

    def value(self, node: Node, of: Type, what: str) -> StoryValue:
        """One value; None where it says nothing or was reported."""
        if is_null(node):
            return None
        match of, node:
            case ListOf(item=item), Sequence(items=items):
                return [self.value(each, item, what) for each in items]
            case Record(fields=fields), MappingNode():
                return self.record(node, what, dict(fields), "E213")
            case Simple(name="money"), MappingNode():
                return self._read(of, _money(node), node, what)
            case ((ListOf() | Record()), _):
                self._wrong(node, of, what)
                return None
            case _, Scalar():
                return self._scalar(node, of, what)
        self._wrong(node, of, what)
        return None

    def _scalar(self, node: Scalar, of: Type, what: str) -> StoryValue:
        if node.broken:
            self.shapes.whole = False
            return None
        if isinstance(of, Simple) and of.name in ("date", "instant"):
            later = _later(node.value, "date" if of.name == "date" else "instant")
            if later is not None:
                return later
        return self._read(of, _plain(node.value, of), node, what)

    def _read(self, of: Type, raw: StoryValue, node: Node, what: str) -> StoryValue:
        try:
            read_value(of, raw, self.currency)
        except BadValue:
            self._wrong(node, of, what)
            return None
        return raw

    def _wrong(self, node: Node, of: Type, what: str) -> None:
        span = node.span if isinstance(node, Scalar) else head(node)
        said = f"`{shown(node.value)}`" if isinstance(node, Scalar) else "this"
        options = of.options if isinstance(of, ChoiceOf) else ()
        remedy = did_you_mean(node.value, options) if isinstance(node, Scalar) else None
        if isinstance(of, Simple) and of.name in ("date", "instant"):
            remedy = f"it is written {HOW}"
        message = f"{what} must be {describe(of)}, not {said}"
        self.shapes.error("E805", message, span, label=f"{describe(of)} is due", remedy=remedy)


def _later(text: str, of: Literal["date", "instant"]) -> Later | None:
    try:
        found = when(text)
    except ValueError:
        return None
    return Later(found, of)


def _plain(text: str, of: Type) -> StoryValue:
    """The JSON value that a text stands for where a type is due; the text itself where it is none."""
    try:
        if isinstance(of, Number) or (isinstance(of, Simple) and of.name == "money"):
            return _number(text)
        if isinstance(of, Simple) and of.name == "boolean":
            return notation.boolean(text)
    except ValueError:
        pass
    return text


def _number(text: str) -> int | float:
    number: Decimal = notation.decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def _money(node: MappingNode) -> StoryValue:
    values = {entry.key.value: entry.value for entry in node.entries}
    texts = {name: each.value for name, each in values.items() if isinstance(each, Scalar)}
    return {name: _plain(text, Number()) if name == "amount" else text for name, text in texts.items()}
