"""Conditions that cannot hold, by the choices and ranges of the catalog; what is not sure is not said."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from dsl import scenario as s
from dsl.catalog import Catalog
from dsl.checks.draft import Draft
from dsl.dependence import conjuncts
from dsl.diagnostics import Diagnostic, Related, warning
from dsl.nodes import Choice, Compare, Comparison, Constant, Expression, Field, In, ListNode
from dsl.types import ChoiceOf, Number

_MIRRORED: dict[Comparison, Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Conditions that are never true, and cases of `choose` that an earlier one takes away."""
    for scenario in draft.scenarios:
        for meaning in draft.meanings[scenario.file.path].of.values():
            if not isinstance(meaning.expression, Field | Constant):
                yield from _never(scenario, meaning.expression, draft.catalog)
        for step in s.walk(scenario.steps):
            if isinstance(step, s.ChooseStep):
                yield from _taken(draft, scenario, step)


def _taken(draft: Draft, scenario: s.Scenario, step: s.ChooseStep) -> Iterator[Diagnostic]:
    """A case whose condition, or one of whose conditions, is all that an earlier case asks."""
    meanings = draft.meanings[scenario.file.path].of
    earlier: list[tuple[s.Case, Expression]] = []
    for case in step.cases:
        meaning = meanings.get(case.when)
        if meaning is None:
            continue
        parts = list(conjuncts(meaning.expression))
        first = next((other for other, asked in earlier if asked in (meaning.expression, *parts)), None)
        if first is not None:
            yield Diagnostic(
                "W423",
                "warning",
                "no run takes this case",
                scenario.file,
                case.when.span,
                label="never taken",
                help="put the narrower condition first, or delete the case",
                related=(Related(scenario.file, first.when.span, "takes everybody whom it would take"),),
            )
        earlier.append((case, meaning.expression))


@dataclass
class _Room:
    """What a field can still be: some of its options, or a range whose ends may be out."""

    options: set[str] | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    low_out: bool = False
    high_out: bool = False

    @property
    def is_empty(self) -> bool:
        if self.options is not None:
            return not self.options
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_out or self.high_out))

    def keep(self, op: str, value: Decimal) -> None:
        """Narrow the range by a comparison."""
        if op in (">", ">=", "==") and (self.low is None or value >= self.low):
            out = op == ">" or (self.low == value and self.low_out)
            self.low, self.low_out = value, out
        if op in ("<", "<=", "==") and (self.high is None or value <= self.high):
            out = op == "<" or (self.high == value and self.high_out)
            self.high, self.high_out = value, out


def _never(scenario: s.Scenario, expression: Expression, catalog: Catalog) -> Iterator[Diagnostic]:
    """The first of the conditions joined by `and` that leaves an attribute no value."""
    rooms: dict[tuple[str, ...], _Room] = {}
    for condition in conjuncts(expression):
        attribute = _narrowed(condition, rooms, catalog)
        if attribute is not None and rooms[attribute].is_empty:
            name = f"contact.{'.'.join(attribute)}"
            yield warning(
                scenario.file,
                "W422",
                "a condition that is never true",
                condition.span,
                f"leaves no value for `{name}`",
                "compare it with what catalog.yaml and the other conditions allow",
            )
            return


def _narrowed(
    condition: Expression, rooms: dict[tuple[str, ...], _Room], catalog: Catalog
) -> tuple[str, ...] | None:
    """Narrow the room of the attribute that a condition compares; its path, or None for anything else."""
    match condition:
        case Compare(op=op, left=Field(root="contact", path=path), right=Constant() | Choice() as value):
            words, number = _words(value), _number(value)
        case Compare(op=op, left=Constant() | Choice() as value, right=Field(root="contact", path=path)):
            op, words, number = _MIRRORED[op], _words(value), _number(value)
        case In(value=Field(root="contact", path=path), options=ListNode(items=items), negated=negated):
            op, number = "!=" if negated else "==", None
            words = {word for item in items for word in _words(item)}
        case _:
            return None
    room = rooms.setdefault(path, _room(path, catalog))
    if room.options is not None and words and op in ("==", "!="):
        room.options &= words if op == "==" else room.options - words
    elif room.options is None and number is not None:
        room.keep(op, number)
    else:
        return None
    return path


def _room(path: tuple[str, ...], catalog: Catalog) -> _Room:
    attribute = catalog.attributes.get(path[0]) if len(path) == 1 else None
    match attribute.type if attribute else None:
        case ChoiceOf(options=options):
            return _Room(options=set(options))
        case Number(minimum=low, maximum=high):
            return _Room(low=low, high=high)
    return _Room()


def _words(value: Expression) -> set[str]:
    return {value.value} if isinstance(value, Choice) else set()


def _number(value: Expression) -> Decimal | None:
    number = value.value if isinstance(value, Constant) else None
    return number if isinstance(number, Decimal) else None
