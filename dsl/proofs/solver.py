"""Whether claims can all hold at one instant: three-valued logic over rooms, by cases.

A claim says which of true, false and unknown a condition is. Claims are taken apart by the logic of the
evaluator until they speak of single values; what cannot be taken apart is a condition of its own, equal to
itself alone. "Impossible" is a proof. Everything else, also when cases become too many, is "perhaps".
"""

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from typing import Any

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
from dsl.proofs.claims import ALL, SAID, UNKNOWN, Claim, Truths, Way, mirrored
from dsl.proofs.remains import Remains
from dsl.proofs.rooms import REFUSED, SURE, Room
from dsl.proofs.terms import DEEPEST, Definitions, counted, room_of
from dsl.semantics.comparison import OPERATORS
from dsl.values import Duration

MOST_CASES = 200
MOST_WORK = 1_000
"""Claims taken and values copied for one question; what people write takes some tens."""

_MIRRORED: dict[Comparison, Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def impossible(claims: Iterable[Claim], known: Definitions) -> bool:
    """Whether it is proven that no facts make all claims hold at one instant."""
    return not _Search(known).is_open(list(claims), [], Remains())


class _Search:
    """Looks for a way in which claims hold."""

    def __init__(self, known: Definitions) -> None:
        self._known = known
        self._cases = MOST_CASES
        self._work = MOST_WORK
        self._definitions = DEEPEST

    def is_open(self, todo: list[Claim], forks: list[list[Way]], remains: Remains) -> bool:
        """Whether some way may remain."""
        while todo:
            self._work -= 1
            if not self._take(todo.pop(), todo, forks, remains):
                return False
        self._work -= remains.size
        if self._work < 0:
            return True
        if not remains.is_possible():
            return False
        if not forks:
            return True
        fork, *others = sorted(forks, key=len)
        for way in fork:
            self._cases -= 1
            if self._cases < 0 or self.is_open(list(way), list(others), remains.copy()):
                return True
        return False

    def _take(self, claim: Claim, todo: list[Claim], forks: list[list[Way]], remains: Remains) -> bool:
        """Narrow what remains by a claim, or take it apart; False where nothing is left."""
        node, truths = claim.expression, claim.truths
        if not truths or truths == ALL:
            return bool(truths)
        match node:
            case Constant(value=bool() as value):
                return value in truths
            case Not(operand=operand):
                todo.append(Claim(operand, mirrored(truths), claim.environment))
            case Logic():
                forks.extend(self._logic(node, claim, todo))
            case Between(value=value, low=low, high=high):
                both = (Compare("<=", low, value), Compare("<=", value, high))
                todo.append(Claim(Logic("and", both), truths, claim.environment))
            case History(function="did"):
                more = Compare(">", counted(node), Constant(Decimal(0)))
                todo.append(Claim(more, truths, claim.environment))
            case _:
                return self._value(claim, todo, remains)
        return True

    def _value(self, claim: Claim, todo: list[Claim], remains: Remains) -> bool:
        """A claim about a single value, or about what has a name of its own."""
        node, truths = claim.expression, claim.truths
        match node:
            case Compare():
                return self._compare(node, claim, todo, remains)
            case In(value=value, options=ListNode(items=items), negated=negated):
                return self._in(value, items, mirrored(truths) if negated else truths, claim, remains)
            case IsKnown(value=value, negated=negated):
                return self._is_known(value, mirrored(truths) if negated else truths, claim, remains)
            case InSegment(segment=name, negated=negated):
                return self._segment(name, mirrored(truths) if negated else truths, claim, todo, remains)
            case Field(root="contact") if (behind := self._known.behind(node)) is not node:
                return self._through(claim, behind, todo)
            case CanReceive(channel=channel, topic=topic):
                return remains.narrow(CanReceive(channel, topic or self._known.topic), truths - {None})
            case CanTrack():
                return remains.narrow(node, truths - {None})
        return remains.narrow(node, truths)

    def _through(self, claim: Claim, behind: Expression, todo: list[Claim]) -> bool:
        self._definitions -= 1
        if self._definitions >= 0:
            todo.append(Claim(behind, claim.truths, claim.environment))
        return True

    def _segment(self, name: str, truths: Truths, claim: Claim, todo: list[Claim], remains: Remains) -> bool:
        formula = self._known.segments.get(name)
        if formula is None:
            return remains.narrow(InSegment(name), truths)
        return self._through(Claim(claim.expression, truths, claim.environment), formula.root, todo)

    def _logic(self, node: Logic, claim: Claim, todo: list[Claim]) -> Iterable[list[Way]]:
        """One operand that decides is enough; otherwise one that is unknown makes them unknown."""
        deciding = node.op == "or"
        truths = claim.truths
        not_deciding = ALL - {deciding}

        def each(wanted: Truths) -> Way:
            return tuple(Claim(part, wanted, claim.environment) for part in node.operands)

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

    def _room(self, term: Expression, claim: Claim, remains: Remains) -> Room:
        room = remains.rooms.get(term)
        if room is None:
            room = remains.rooms[term] = room_of(term, claim.environment, self._known)
        return room

    def _compare(self, node: Compare, claim: Claim, todo: list[Claim], remains: Remains) -> bool:
        left, right = self._known.behind(node.left), self._known.behind(node.right)
        op = node.op
        if isinstance(left, Constant | Choice):
            left, right, op = right, left, _MIRRORED[op]
        if isinstance(left, Constant | Choice):
            return True
        if isinstance(right, Constant) and isinstance(right.value, bool):
            truths = claim.truths if (op == "==") is right.value else mirrored(claim.truths)
            todo.append(Claim(left, truths, claim.environment))
            return True
        if isinstance(right, Constant | Choice):
            return self._against(left, op, right, claim, remains)
        if claim.truths <= SAID:
            for side in (left, right):
                self._room(side, claim, remains).status -= {"unknown"}
        return remains.narrow(*_canonical(op, left, right, claim.truths))

    def _against(
        self, term: Expression, op: Comparison, to: Constant | Choice, claim: Claim, remains: Remains
    ) -> bool:
        """A value compared with one that is written down."""
        room = self._room(term, claim, remains)
        value = plain(to)
        options = _order(term, to)
        if (
            value is None
            or not room.fits(value)
            or (isinstance(value, str) and not options and op not in _SAME)
        ):
            return remains.narrow(Compare(op, term, to), claim.truths)
        for truth in SAID - claim.truths:
            kept = op if truth is False else REFUSED[op]
            if options and op not in _SAME:
                room.keep_among(each for each in options if _ranked(kept, each, value, options))
            else:
                room.keep(kept, value)
        return _settled(room, claim.truths)

    def _in(
        self, value: Expression, items: tuple[Expression, ...], truths: Truths, claim: Claim, remains: Remains
    ) -> bool:
        values = [plain(item) for item in items if isinstance(item, Constant | Choice)]
        if not items:
            return False in truths
        term = self._known.behind(value)
        room = self._room(term, claim, remains)
        if len(values) < len(items) or not all(each is not None and room.fits(each) for each in values):
            return remains.narrow(In(term, ListNode(items)), truths)
        if False not in truths:
            room.keep_among(values)
        if True not in truths:
            room.out |= frozenset(values)
        return _settled(room, truths)

    def _is_known(self, value: Expression, truths: Truths, claim: Claim, remains: Remains) -> bool:
        truths -= {None}
        if truths == SAID or not truths:
            return bool(truths)
        term = self._known.behind(value)
        room = self._room(_counted(term), claim, remains)
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
