"""Whether claims can all hold at one instant: three-valued logic over rooms, by cases.

A claim says which of true, false and unknown a condition is. Claims are taken apart by the logic of the
evaluator until they speak of single values; what cannot be taken apart is a condition of its own, equal to
itself alone. "Impossible" is a proof. Everything else, also when cases become too many, is "perhaps".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeAlias

from dsl.environment import Environment
from dsl.nodes import (
    Between,
    CanReceive,
    CanTrack,
    Choice,
    Compare,
    Comparison,
    Constant,
    Expression,
    Field,
    History,
    In,
    InSegment,
    IsKnown,
    ListNode,
    Logic,
    Not,
)
from dsl.proofs.rooms import REFUSED, SURE, Room
from dsl.proofs.terms import DEEPEST, Definitions, counted, room_of
from dsl.semantics.comparison import OPERATORS
from dsl.values import Duration

Truths: TypeAlias = frozenset[bool | None]
YES: Truths = frozenset({True})
NOT_YES: Truths = frozenset({False, None})
SAID: Truths = frozenset({True, False})
ALL: Truths = frozenset({True, False, None})
UNKNOWN: Truths = frozenset({None})

MOST_CASES = 200

_MIRRORED: dict[Comparison, Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a condition is, where it stands in an environment."""

    expression: Expression
    truths: Truths
    environment: Environment


Way: TypeAlias = tuple[Claim, ...]


def impossible(claims: Iterable[Claim], known: Definitions) -> bool:
    """Whether it is proven that no facts make all claims hold at one instant."""
    return not _Search(known).is_open(list(claims), [], _World())


def mirrored(truths: Truths) -> Truths:
    """What the negation of a condition is."""
    return frozenset(None if each is None else not each for each in truths)


@dataclass
class _World:
    """What claims leave of each value and of each condition."""

    rooms: dict[Expression, Room] = field(default_factory=dict)
    conditions: dict[Expression, Truths] = field(default_factory=dict)

    def copy(self) -> "_World":
        return _World({term: room.copy() for term, room in self.rooms.items()}, dict(self.conditions))

    def narrow(self, condition: Expression, truths: Truths) -> bool:
        left = self.conditions.get(condition, ALL) & truths
        self.conditions[condition] = left
        return bool(left)

    def is_possible(self) -> bool:
        """A condition is unknown exactly where its value is."""
        for condition in self.conditions.keys() & self.rooms.keys():
            truths, room = self.conditions[condition], self.rooms[condition]
            room.status -= {"unknown"} if None not in truths else frozenset()
            room.status &= {"unknown"} if truths == UNKNOWN else room.status
            if not self.narrow(condition, ALL if "unknown" in room.status else SAID):
                return False
            if room.status == {"unknown"} and not self.narrow(condition, UNKNOWN):
                return False
        return not any(room.is_empty for room in self.rooms.values()) and _windows_agree(self.rooms)


def _windows_agree(rooms: dict[Expression, Room]) -> bool:
    """More happened in a longer window than in a shorter one, or as much."""
    counts = [(node, room) for node, room in rooms.items() if isinstance(node, History)]
    for node, room in counts:
        for other, wider in counts:
            if other is node or not _is_within(node, other) or "known" not in wider.status:
                continue
            sure = room.status == SURE and wider.status == SURE
            if sure and room.low is not None and wider.high is not None:
                grown = wider.copy()
                grown.keep(">" if room.low_out else ">=", room.low)
                if grown.is_empty:
                    return False
    return True


def _is_within(node: History, other: History) -> bool:
    """Whether one count looks at the same events in a shorter window that ends now too."""
    if (node.function, node.event, node.where) != (other.function, other.event, other.where):
        return False
    if node.function != "count" or node.window.form != "last" or other.window.form not in ("last", "ever"):
        return False
    if other.window.form == "ever":
        return True
    short, long = node.window.amount, other.window.amount
    if short is None or long is None or short.months or long.months:
        return False
    return short.exact_seconds <= long.exact_seconds


class _Search:
    """Looks for a way in which claims hold."""

    def __init__(self, known: Definitions) -> None:
        self._known = known
        self._cases = MOST_CASES
        self._definitions = DEEPEST

    def is_open(self, todo: list[Claim], forks: list[list[Way]], world: _World) -> bool:
        """Whether some way may remain."""
        while todo:
            if not self._take(todo.pop(), todo, forks, world):
                return False
        if not world.is_possible():
            return False
        if not forks:
            return True
        fork, *others = sorted(forks, key=len)
        for way in fork:
            self._cases -= 1
            if self._cases < 0 or self.is_open(list(way), list(others), world.copy()):
                return True
        return False

    def _take(self, claim: Claim, todo: list[Claim], forks: list[list[Way]], world: _World) -> bool:
        """Narrow the world by a claim, or take it apart; False where nothing is left."""
        node, truths = claim.expression, claim.truths
        if not truths or truths == ALL:
            return bool(truths)
        match node:
            case Constant(value=bool() as value):
                return value in truths
            case Not(operand=operand):
                todo.append(replace(claim, expression=operand, truths=mirrored(truths)))
            case Logic():
                forks.extend(self._logic(node, claim, todo))
            case Between(value=value, low=low, high=high):
                both = (Compare("<=", low, value), Compare("<=", value, high))
                todo.append(replace(claim, expression=Logic("and", both)))
            case History(function="did"):
                more = Compare(">", counted(node), Constant(Decimal(0)))
                todo.append(replace(claim, expression=more))
            case _:
                return self._value(claim, todo, world)
        return True

    def _value(self, claim: Claim, todo: list[Claim], world: _World) -> bool:
        """A claim about a single value, or about what has a name of its own."""
        node, truths = claim.expression, claim.truths
        match node:
            case Compare():
                return self._compare(node, claim, todo, world)
            case In(value=value, options=ListNode(items=items), negated=negated):
                return self._in(value, items, mirrored(truths) if negated else truths, claim, world)
            case IsKnown(value=value, negated=negated):
                return self._is_known(value, mirrored(truths) if negated else truths, claim, world)
            case InSegment(segment=name, negated=negated):
                return self._segment(name, mirrored(truths) if negated else truths, claim, todo, world)
            case Field(root="contact") if (behind := self._known.behind(node)) is not node:
                return self._through(claim, behind, todo)
            case CanReceive(channel=channel, topic=topic):
                return world.narrow(CanReceive(channel, topic or self._known.topic), truths - {None})
            case CanTrack():
                return world.narrow(node, truths - {None})
        return world.narrow(node, truths)

    def _through(self, claim: Claim, behind: Expression, todo: list[Claim]) -> bool:
        self._definitions -= 1
        if self._definitions >= 0:
            todo.append(replace(claim, expression=behind))
        return True

    def _segment(self, name: str, truths: Truths, claim: Claim, todo: list[Claim], world: _World) -> bool:
        formula = self._known.segments.get(name)
        if formula is None:
            return world.narrow(InSegment(name), truths)
        return self._through(replace(claim, truths=truths), formula.root, todo)

    def _logic(self, node: Logic, claim: Claim, todo: list[Claim]) -> Iterable[list[Way]]:
        """One operand that decides is enough; otherwise one that is unknown makes them unknown."""
        deciding = node.op == "or"
        truths = claim.truths
        not_deciding = ALL - {deciding}

        def each(wanted: Truths) -> Way:
            return tuple(replace(claim, expression=part, truths=wanted) for part in node.operands)

        if truths == {not deciding}:
            todo.extend(each(truths))
        elif deciding not in truths:
            todo.extend(each(not_deciding))
            if truths == UNKNOWN:
                yield [(one,) for one in each(UNKNOWN)]
        elif (not deciding) in truths:
            yield [each(frozenset({not deciding})), *((one,) for one in each(frozenset({deciding})))]
        else:
            yield [(one,) for one in each(truths)]

    # single values

    def _room(self, term: Expression, claim: Claim, world: _World) -> Room:
        room = world.rooms.get(term)
        if room is None:
            room = world.rooms[term] = room_of(term, claim.environment, self._known)
        return room

    def _compare(self, node: Compare, claim: Claim, todo: list[Claim], world: _World) -> bool:
        left, right = self._known.behind(node.left), self._known.behind(node.right)
        op = node.op
        if isinstance(left, Constant | Choice):
            left, right, op = right, left, _MIRRORED[op]
        if isinstance(left, Constant | Choice):
            return True
        if isinstance(right, Constant) and isinstance(right.value, bool):
            truths = claim.truths if (op == "==") is right.value else mirrored(claim.truths)
            todo.append(replace(claim, expression=left, truths=truths))
            return True
        if isinstance(right, Constant | Choice):
            return self._against(left, op, right, claim, world)
        if claim.truths <= SAID:
            for side in (left, right):
                self._room(side, claim, world).status -= {"unknown"}
        return world.narrow(*_canonical(op, left, right, claim.truths))

    def _against(
        self, term: Expression, op: Comparison, to: Constant | Choice, claim: Claim, world: _World
    ) -> bool:
        """A value compared with one that is written down."""
        room = self._room(term, claim, world)
        value = plain(to)
        options = _order(term, to)
        if (
            value is None
            or not room.fits(value)
            or (isinstance(value, str) and not options and op not in _SAME)
        ):
            return world.narrow(Compare(op, term, to), claim.truths)
        for truth in SAID - claim.truths:
            kept = op if truth is False else REFUSED[op]
            if options and op not in _SAME:
                room.keep_among(each for each in options if _ranked(kept, each, value, options))
            else:
                room.keep(kept, value)
        return _settled(room, claim.truths)

    def _in(
        self, value: Expression, items: tuple[Expression, ...], truths: Truths, claim: Claim, world: _World
    ) -> bool:
        values = [plain(item) for item in items if isinstance(item, Constant | Choice)]
        if not items:
            return False in truths
        term = self._known.behind(value)
        room = self._room(term, claim, world)
        if len(values) < len(items) or not all(each is not None and room.fits(each) for each in values):
            return world.narrow(In(term, ListNode(items)), truths)
        if False not in truths:
            room.keep_among(values)
        if True not in truths:
            room.out |= frozenset(values)
        return _settled(room, truths)

    def _is_known(self, value: Expression, truths: Truths, claim: Claim, world: _World) -> bool:
        truths -= {None}
        if truths == SAID or not truths:
            return bool(truths)
        term = self._known.behind(value)
        room = self._room(_counted(term), claim, world)
        room.status = room.status - {"unknown"} if True in truths else room.status & {"unknown"}
        return not room.is_empty


_SAME = ("==", "!=")


def _counted(term: Expression) -> Expression:
    return counted(term) if isinstance(term, History) and term.function == "did" else term


def _settled(room: Room, truths: Truths) -> bool:
    """A comparison says true or false of what is known and compares, and of nothing else."""
    if None not in truths:
        room.status &= SURE
    elif truths == UNKNOWN:
        room.status -= SURE
    return not room.is_empty


def plain(to: Constant | Choice) -> Any:
    """A written value as rooms hold it: durations in seconds; None for what they do not hold."""
    value = to.value
    if isinstance(value, Duration):
        return value.exact_seconds
    return value if isinstance(value, str | Decimal | date | time) else None


def _order(term: Expression, to: Constant | Choice) -> tuple[str, ...]:
    if isinstance(term, Field) and term.options:
        return term.options
    return to.options if isinstance(to, Choice) and to.ordered else ()


def _ranked(op: Comparison, left: str, right: str, options: tuple[str, ...]) -> bool:
    return right in options and OPERATORS[op](options.index(left), options.index(right))


def _canonical(
    op: Comparison, left: Expression, right: Expression, truths: Truths
) -> tuple[Expression, Truths]:
    """One way to write what can be written in several: `a >= b` is not `a < b`, and `a > b` is `b < a`."""
    if op in (">", "<="):
        left, right, op = right, left, _MIRRORED[op]
    if op in (">=", "!="):
        op, truths = REFUSED[op], mirrored(truths)
    if op == "==" and repr(left) > repr(right):
        left, right = right, left
    return Compare(op, left, right), truths
