"""What is sure of a run at a place of its scenario, and how long it stays sure.

Audience, trigger and branches say something about a person at one instant. Consents, events and attributes
may change whenever a run waits, so that after a wait only that remains which was fixed when the run began.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

from dsl import scenario as s
from dsl.catalog import Attribute
from dsl.frozen import dataclass
from dsl.meaning import Meanings
from dsl.needs import mentions_of
from dsl.nodes import (
    Call,
    CanReceive,
    CanTrack,
    Expression,
    Field,
    History,
    InSegment,
    Logic,
    MessageTest,
    Not,
)
from dsl.proofs.claims import NOT_YES, YES, Claim, Truths
from dsl.proofs.solver import impossible
from dsl.proofs.terms import DEEPEST, Definitions
from dsl.source import SourceFile, Span
from dsl.traversal import walk

Subject: TypeAlias = tuple[str, ...]

FIRST_PREMISES, LAST_PREMISES = 20, 100
"""Of a long way so many are heard: who enters, and what was asked shortly before."""

_OF_THE_CLOCK = frozenset({"days_since", "age", "anniversary"})
_FIXED_CALLS = frozenset({"lower", "upper", "length", "round", "min", "max", "coalesce"})
"""Functions of their arguments alone, and not of the clock or of the person's zone."""


@dataclass(frozen=True, eq=False)
class Premise:
    """A claim that holds, the place that says so, and how to say it in a second place of a diagnostic."""

    claim: Claim
    file: SourceFile
    span: Span
    label: str
    subjects: frozenset[Subject]
    """What the claim speaks of."""

    @cached_property
    def is_fixed(self) -> bool:
        """Whether it stays so during the whole run."""
        return _is_fixed(self.claim.expression)


@dataclass(frozen=True)
class Sure:
    """What is sure at one instant. `loose`: attributes that were set since the last wait."""

    premises: tuple[Premise, ...] = ()
    loose: frozenset[str] = frozenset()

    def with_(self, more: Iterable[Premise]) -> "Sure":
        """What is sure where more is."""
        return replace(self, premises=(*self.premises, *more))

    def later(self) -> "Sure":
        """What is still sure after any wait."""
        return Sure(tuple(each for each in self.premises if each.is_fixed))

    def after_set(self, attributes: Iterable[str], known: Definitions) -> "Sure":
        """What is still sure after a step that changed attributes, variables or consents at once."""
        changed = frozenset(attributes)
        kept = (
            each
            for each in self.premises
            if each.is_fixed or _is_of_others(each.claim.expression, changed, known.attributes)
        )
        return Sure(tuple(kept), self.loose | changed)


def joined(ways: Iterable[Sure | None]) -> Sure | None:
    """What is sure whichever way a run came; None where no way leads on."""
    open_ways = [way for way in ways if way is not None]
    if not open_ways:
        return None
    first, *others = open_ways
    same = tuple(
        each for each in first.premises if all(any(each is its for its in o.premises) for o in others)
    )
    return Sure(same, frozenset().union(*(way.loose for way in open_ways)))


def subjects_of(expression: Expression, known: Definitions, depth: int = DEEPEST) -> frozenset[Subject]:
    """Fields, events, messages, consents that an expression speaks of, and those behind its names."""
    found: set[Subject] = set()
    for node in walk(expression):
        behind: Expression | None = None
        match node:
            case Field():
                found.add((node.root, *node.path))
                behind = known.behind(node)
            case History(event=event):
                found.add(("history", event))
            case MessageTest(step=step):
                found.add(("message", step))
            case CanReceive(channel=channel):
                found.add(("reach", channel))
            case CanTrack(what=what):
                found.add(("track", what))
            case InSegment(segment=name):
                found.add(("segment", name))
                formula = known.segments.get(name)
                behind = formula.root if formula else None
        if behind is not None and behind is not node and depth > 0:
            found |= subjects_of(behind, known, depth - 1)
    return frozenset(found)


def asks_the_clock(expression: Expression) -> bool:
    """Whether its value changes by itself, from one moment to the next."""
    return any(
        (isinstance(node, Field) and node.root == "clock" and node.path != ("entry",))
        or (isinstance(node, Call) and node.function in _OF_THE_CLOCK)
        for node in walk(expression)
    )


def _is_fixed(expression: Expression) -> bool:
    """Whether its value is the same during the whole run."""
    for node in walk(expression):
        match node:
            case Field(root="event" | "item"):
                continue
            case Field(root="run", path=("key",)) | Field(root="clock", path=("entry",)):
                continue
            case Call(function=name) if name in _FIXED_CALLS:
                continue
            case Field() | Call() | History() | InSegment() | CanReceive() | CanTrack() | MessageTest():
                return False
    return True


def _is_of_others(
    expression: Expression, changed: frozenset[str], attributes: Mapping[str, Attribute]
) -> bool:
    """Whether it speaks of attributes alone, and of none that changed."""
    for node in walk(expression):
        if isinstance(node, History | InSegment | CanReceive | CanTrack | MessageTest):
            return False
        if isinstance(node, Field) and node.root not in ("contact", "event", "item"):
            return False
    mentioned = mentions_of([expression], attributes, {})
    return not mentioned.events and mentioned.attributes.isdisjoint(changed)


class Ground:
    """Makes premises of what is written in one scenario, and asks the solver about them."""

    def __init__(self, scenario: s.Scenario, meanings: Meanings, known: Definitions) -> None:
        self.scenario = scenario
        self.known = known
        self._of = meanings.of
        self._subjects: dict[int, tuple[Expression, frozenset[Subject]]] = {}

    def claim(self, written: s.Written | None, truths: Truths) -> Claim | None:
        """The claim that a condition is one of these; None where it has no meaning."""
        meaning = self._of.get(written) if written is not None else None
        return Claim(meaning.expression, truths, meaning.environment) if meaning else None

    def premises(self, written: s.Written | None, truths: Truths, label: str) -> tuple[Premise, ...]:
        """What follows for each part of a condition that holds, or does not."""
        claim = self.claim(written, truths)
        if claim is None or written is None:
            return ()
        return tuple(self.premise(part, written, label) for part in apart(claim))

    def premise(self, claim: Claim, written: s.Written, label: str) -> Premise:
        """The premise that a part of a condition is."""
        return Premise(claim, written.file, written.span, label, self.subjects(claim.expression))

    def refutes(self, sure: Sure, claim: Claim | None) -> bool:
        """Whether a claim is proven never to hold beside what is sure; not by itself alone."""
        if claim is None:
            return False
        concerned = self._concerned(sure.premises, claim)
        return bool(concerned) and self.is_impossible((*(p.claim for p in concerned), claim), sure.loose)

    def is_impossible(self, claims: Iterable[Claim], loose: frozenset[str] = frozenset()) -> bool:
        """Whether claims are proven never to hold together, with attributes of unsure range."""
        return impossible(claims, replace(self.known, loose=loose) if loose else self.known)

    def _concerned(self, premises: tuple[Premise, ...], claim: Claim) -> list[Premise]:
        """The premises that speak of what a claim speaks of, directly or over others: most speak of else."""
        if not premises:
            return []
        heard = (*premises[:FIRST_PREMISES], *premises[FIRST_PREMISES:][-LAST_PREMISES:])
        left: Sequence[Premise] = heard
        subjects, found = self.subjects(claim.expression), []
        while near := [each for each in left if not subjects.isdisjoint(each.subjects)]:
            found += near
            left = [each for each in left if subjects.isdisjoint(each.subjects)]
            subjects = subjects.union(*(each.subjects for each in near))
        return found

    def subjects(self, expression: Expression) -> frozenset[Subject]:
        """What an expression speaks of, through computed attributes and segments."""
        known = self._subjects.get(id(expression))
        if known is None:
            # Kept with its expression, so that its identity is never given to another.
            known = self._subjects[id(expression)] = (expression, subjects_of(expression, self.known))
        return known[1]

    def reasons(self, sure: Sure, claim: Claim) -> tuple[Premise, ...]:
        """As few of the premises as refute a claim, in the order of the run."""
        needed = self._concerned(sure.premises, claim)
        needed.sort(key=sure.premises.index)
        for each in reversed(tuple(needed)):
            without = [one for one in needed if one is not each]
            if self.refutes(replace(sure, premises=tuple(without)), claim):
                needed = without
        return tuple(needed)


NO: Truths = frozenset({False})
_DECIDED = frozenset({("and", YES), ("or", NOT_YES), ("or", NO)})
"""What a condition joined so must be, for each of its parts to be so too."""


def apart(claim: Claim) -> tuple[Claim, ...]:
    """The parts of a condition that are each sure: of `a and b` that holds, of `a or b` that does not."""
    node = claim.expression
    if isinstance(node, Not) and claim.truths == YES:
        return apart(replace(claim, expression=node.operand, truths=NO))
    if isinstance(node, Logic) and (node.op, claim.truths) in _DECIDED:
        return tuple(part for each in node.operands for part in apart(replace(claim, expression=each)))
    return (claim,)
