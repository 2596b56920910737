"""Branches that no run takes and conditions that always hold, from all that is sure on the way to them."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from dsl import scenario as s
from dsl.checks.conditions import never_true
from dsl.checks.draft import Draft, class_of, class_of_message
from dsl.diagnostics import Diagnostic, Related
from dsl.environment import Environment
from dsl.flow import ways
from dsl.nodes import (
    CanReceive,
    CanTrack,
    Choice,
    Compare,
    Constant,
    Expression,
    Field,
    History,
    In,
    InSegment,
    IsKnown,
    ListNode,
    Not,
)
from dsl.proofs.claims import NOT_YES, YES, Claim
from dsl.proofs.premises import Ground, Premise, Sure, asks_the_clock, joined
from dsl.proofs.terms import Definitions
from dsl.source import Span
from dsl.traversal import walk

ADDRESSES = {"email": "email", "sms": "phone"}
_WRITTEN = (Constant, Choice)
_ASKS = (Field, History, CanReceive, CanTrack, InSegment)
_BY_A_BRANCH = "a run comes here only where this holds"
_BY_A_STEP = "a run does this only where it holds"
_TAKEN = "takes everybody whom it would take"
_MEND = {
    "W423": "put the narrower condition first, or delete what nobody comes to",
    "W424": "leave the condition out, or ask what was meant",
    "W431": "send it where they can be reached, or delete it",
}


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Every condition of every step, with the audience, the trigger and the branches before it."""
    for scenario in draft.scenarios:
        yield from _Way(draft, scenario).check()


class _Way:
    """Goes through the steps of one scenario, in the order in which runs do."""

    def __init__(self, draft: Draft, scenario: s.Scenario) -> None:
        topic = scenario.topic.value if scenario.topic else None
        self._draft = draft
        self._scenario = scenario
        known = Definitions(draft.catalog.attributes, draft.segments, topic)
        meanings = draft.meanings[scenario.file.path]
        self._ground = Ground(scenario, meanings, known)
        self._outside = Environment(draft.catalog, scenario.file)
        self._never = dict(never_true(scenario, meanings, known))
        self._found: list[Diagnostic] = []

    def check(self) -> list[Diagnostic]:
        """What is found on the way; a condition that is never true by itself is so wherever it stands."""
        audience, sure = self._scenario.audience, Sure(self._of_the_trigger())
        verdict = self._ask(audience, sure, "nobody enters")
        if verdict is not False:
            sure = sure.with_(_lasting(self._ground.premises(audience, YES, "only these people enter")))
        if verdict is not False or audience in self._never:
            self._steps(self._scenario.steps, Sure() if verdict is False else sure)
        return [*self._found, *self._never.values()]

    def _of_the_trigger(self) -> tuple[Premise, ...]:
        """What the event that starts a run says; nothing where several may."""
        match self._scenario.triggers:
            case (s.EventTrigger(pattern=pattern),):
                where, label = pattern.where, "only this starts a run"
                parts = self._ground.premises(where, YES, label)
                seen = ((each.claim, _of_the_run(each.claim.expression)) for each in parts)
                return tuple(
                    self._ground.premise(replace(claim, expression=its), where, label)
                    for claim, its in seen
                    if its and where
                )
        return ()

    # steps

    def _steps(self, steps: tuple[s.Step, ...], sure: Sure | None) -> Sure | None:
        for step in steps:
            if sure is None:
                return None
            sure = self._framed(step, sure)
        return sure

    def _framed(self, step: s.Step, sure: Sure) -> Sure | None:
        """A step that may be left out."""
        only_if = step.frame.only_if
        if only_if is None:
            return self._step(step, sure)
        verdict = self._ask(only_if, sure, "no run takes this step")
        without = sure.with_(self._ground.premises(only_if, NOT_YES, "this did not hold"))
        if verdict is False:
            return without
        within = sure.with_(self._ground.premises(only_if, YES, _BY_A_STEP))
        return self._step(step, within) if verdict else joined((self._step(step, within), without))

    def _step(self, step: s.Step, sure: Sure) -> Sure | None:
        match step:
            case s.ChooseStep():
                return self._choose(step, sure)
            case s.SplitStep(arms=arms):
                return joined([self._steps(arm.steps, sure) for arm in arms])
            case s.ExitStep():
                return None
            case s.MessageStep():
                self._message(step, sure)
                return sure.later()
            case s.WaitStep(steps=steps):
                return joined((self._steps(steps or (), sure.later()), sure.later()))
            case s.WaitForStep():
                return self._wait_for(step, sure.later())
            case s.RepeatStep(steps=steps, until=until):
                self._ask(until, Sure())
                self._steps(steps, sure.later().with_(self._ground.premises(until, NOT_YES, _BY_A_BRANCH)))
                return sure.later()
            case s.SetStep(assignments=lines):
                attributes = (line.name.value for line in lines if line.scope == "contact")
                return sure.after_set(attributes, self._ground.known)
            case s.CallStep():
                return sure.later()
        return sure.after_set((), self._ground.known)

    def _wait_for(self, step: s.WaitForStep, sure: Sure) -> Sure | None:
        self._ask(step.condition, Sure())
        bodies = list(ways(step))
        first = sure.with_(self._ground.premises(step.condition, YES, "the wait ended by this"))
        came = [self._steps(body, first if n == 0 else sure) for n, body in enumerate(bodies)]
        return joined(came)

    def _choose(self, step: s.ChooseStep, sure: Sure) -> Sure | None:
        """Cases are asked in order: what comes after one is for those whom it did not take."""
        rest, came, alone = sure, [], len(step.cases) == 1
        for case in step.cases:
            verdict = self._ask(case.when, rest, f"no run takes this {'branch' if alone else 'case'}", sure)
            within = rest.with_(self._ground.premises(case.when, YES, _BY_A_BRANCH))
            came.append(None if verdict is False else self._steps(case.steps, within))
            if verdict:
                return joined(came)
            rest = rest.with_(self._ground.premises(case.when, NOT_YES, _TAKEN))
        last = self._ground.claim(step.cases[-1].when, YES)
        if last and step.otherwise and self._ground.refutes(rest, replace(last, truths=NOT_YES)):
            self._nothing_left(step, rest, replace(last, truths=NOT_YES))
            return joined(came)
        return joined((*came, self._steps(step.otherwise, rest)))

    def _nothing_left(self, step: s.ChooseStep, rest: Sure, claim: Claim) -> None:
        """The cases take everybody, so that what stands after them is for nobody."""
        reasons = self._ground.reasons(rest, claim)
        self._tell("W423", "no run takes this branch", "never taken", step.otherwise[0].frame.span, reasons)

    # what is told

    def _ask(
        self,
        written: s.Written | None,
        sure: Sure,
        never: str = "a condition that is never true",
        before: Sure | None = None,
    ) -> bool | None:
        """False where a condition can never hold here, True where it always does, and says so; else None.

        `before`: what is sure without the cases before it; a last case that takes the rest is not at fault.
        """
        claim = self._ground.claim(written, YES)
        if claim is None or written is None or isinstance(claim.expression, Constant):
            return None
        if self._ground.refutes(sure, claim):
            self._excluded(never, written, sure, claim)
            return False
        if written in self._never and self._is_never(written, sure, claim):
            return False
        otherwise = replace(claim, truths=NOT_YES)
        if self._ground.refutes(before or sure, otherwise) or self._always(claim):
            reasons = self._ground.reasons(before or sure, otherwise)
            self._tell(
                "W424", "a condition that is always true", "holds for everybody", written.span, reasons
            )
            return True
        return None

    def _is_never(self, written: s.Written, sure: Sure, claim: Claim) -> bool:
        """A condition that cannot hold by itself, unless by a range that a step may just have left."""
        if sure.loose and not self._ground.is_impossible((claim,), sure.loose):
            del self._never[written]
            return False
        return True

    def _always(self, claim: Claim) -> bool:
        """By itself: only where it asks about something twice, or about what is never unknown."""
        asked = [node for node in walk(claim.expression) if isinstance(node, _ASKS)]
        twice = len(asked) > 1 and len({repr(node) for node in asked}) < len(asked)
        counts = any(isinstance(node, History) and node.function == "count" for node in asked)
        return (twice or counts) and self._ground.is_impossible((replace(claim, truths=NOT_YES),))

    def _excluded(self, what: str, written: s.Written, sure: Sure, claim: Claim) -> None:
        self._tell("W423", what, "never taken", written.span, self._ground.reasons(sure, claim))

    def _tell(self, code: str, what: str, label: str, span: Span, reasons: tuple[Premise, ...]) -> None:
        related = tuple(Related(each.file, each.span, each.label) for each in _once_a_place(reasons))
        self._found.append(
            Diagnostic(code, "warning", what, self._scenario.file, span, label, _MEND[code], None, related)
        )

    def _message(self, step: s.MessageStep, sure: Sure) -> None:
        """Whether those who come here can be reached at all."""
        for form in step.forms if sure.premises else ():
            for asked, what in self._reached_by(form):
                claim = Claim(asked, YES, self._outside)
                if self._ground.refutes(sure, claim):
                    self._unreachable(form, what, self._ground.reasons(sure, claim))
                    break

    def _reached_by(self, form: s.MessageForm) -> Iterator[tuple[Expression, str]]:
        """What must be true of whoever gets a message, as far as conditions can say it."""
        channel = form.channel.value
        if channel in ADDRESSES:
            yield _has(ADDRESSES[channel]), f"has no {ADDRESSES[channel]}"
        topic = form.topic or self._scenario.topic
        if topic is not None and form.sender is None and self._asks_alike(form, topic.value):
            yield _can_receive(channel, topic.value), f"can receive `{topic.value}` by {channel}"

    def _asks_alike(self, form: s.MessageForm, topic: str) -> bool:
        """Whether `can_receive` of the topic asks for the class that the message has."""
        of_scenario = self._scenario.topic is not None and topic == self._scenario.topic.value
        declared = self._draft.catalog.topics.get(topic)
        asked = class_of(self._scenario, self._draft.catalog) if of_scenario or not declared else ""
        asked = asked or (declared.message_class if declared else "")
        return asked == class_of_message(form, self._scenario, self._draft.catalog)

    def _unreachable(self, form: s.MessageForm, what: str, reasons: tuple[Premise, ...]) -> None:
        nobody = f"nobody who comes here {what}" if what.startswith("can") else f"whoever comes here {what}"
        self._tell("W431", nobody, "never leaves", form.channel.span, reasons)


@cache
def _has(attribute: str) -> Expression:
    return IsKnown(Field("contact", (attribute,)))


@cache
def _can_receive(channel: str, topic: str) -> Expression:
    return CanReceive(channel, topic)


def _lasting(parts: tuple[Premise, ...]) -> tuple[Premise, ...]:
    """What is still so when the run takes its first step, a moment after it was asked."""
    return tuple(each for each in parts if not asks_the_clock(each.claim.expression))


def _once_a_place(reasons: tuple[Premise, ...]) -> list[Premise]:
    """Two parts of one condition are one place."""
    return list({(each.file.path, each.span): each for each in reasons}.values())


def _of_the_run(node: Expression) -> Expression | None:
    """A test of the trigger's `where` as one of the run, whose `event.x` is its bare name; else None."""
    match node:
        case Field(root="property"):
            return replace(node, root="event")
        case Constant() | Choice():
            return node
        case Not(operand=part) if (its := _of_the_run(part)) is not None:
            return replace(node, operand=its)
        case In(value=part, options=ListNode(items=items)) if all(isinstance(i, _WRITTEN) for i in items):
            its = _of_the_run(part)
            return replace(node, value=its) if its is not None else None
        case IsKnown(value=part) if (its := _of_the_run(part)) is not None:
            return replace(node, value=its)
        case Compare(left=left, right=right):
            sides = _of_the_run(left), _of_the_run(right)
            if sides[0] is not None and sides[1] is not None:
                return replace(node, left=sides[0], right=sides[1])
    return None
