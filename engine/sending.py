"""Message steps: a message lasts until it has left or is given up, and the next step begins then."""

from dsl.evaluate import value_of
from dsl.frozen import dataclass
from dsl.plan import Candidate, MessageStep
from dsl.scope import Mark
from engine import words
from engine.consent import reachable
from engine.decision import Reserve
from engine.editing import is_unnamed
from engine.gate import Allowed, ask
from engine.interrupts import check_conditions
from engine.pressure import Place
from engine.question import Question, codes_of
from engine.refusals import Denied, evidence_of
from engine.state import GONE, MessageFact, Pending
from engine.walk import Walk, iso

DISPLACED = "displaced"
"""The reason of a message that gave way to a higher priority."""


@dataclass(frozen=True)
class _Outcome:
    """The last candidate that was asked, and its answer."""

    question: Question
    answer: Allowed | Denied

    @property
    def candidate(self) -> Candidate:
        return self.question.candidate


def message(walk: Walk, step: MessageStep) -> None:
    """`email:`, `sms:`, `first_of:`."""
    own = _own(walk, step)
    if own is None or own.state == "released":
        if own is None and walk.run.pending and walk.run.pending.message_id is not None:
            walk.rest(None)
            return
        _ask(walk, step, own)
    elif own.state in GONE:
        walk.tell("sent", f"{own.message} left by {own.channel}", message_id=own.id, at=iso(own.at))
        walk.go(step.next, Mark(max(own.at, walk.began)))
    elif own.state == "refused":
        _refused(walk, step, own)
    elif own.state == "withheld":
        walk.go(step.next, Mark(max(own.at, walk.began)))
    else:
        walk.rest(None)


def _own(walk: Walk, step: MessageStep) -> MessageFact | None:
    """The message of this pass through the step.

    Outside a loop there is one pass. A run that was moved to another version may come to a step again whose
    message has left, or may have, and does not send it twice.
    """
    of_step = [m for m in walk.facts.messages if (m.run_id, m.step) == (walk.run.id, step.id)]
    own = next((m for m in of_step if m.iteration == walk.iteration), None)
    if own or walk.run.loops:
        return own
    # At the place of a step without an id there may have been another one.
    said = {candidate.message for candidate in step.candidates}
    same = [m for m in of_step if m.message in said] if is_unnamed(step.id) else of_step
    return next((m for m in same if m.state in GONE or m.state == "attempted"), None)


def _refused(walk: Walk, step: MessageStep, own: MessageFact) -> None:
    """The provider will never deliver it, which says of the address that it cannot be used."""
    why = own.reason or "it was refused"
    text = f"{own.message} by {own.channel} did not arrive: {why}"
    data = {"because": "suppressed", "rule": "provider", "reason": own.reason, "evidence": [own.id]}
    walk.tell("not_sent", text, data, message=own.message, channel=own.channel)
    walk.go(step.next, Mark(walk.now))


def _ask(walk: Walk, step: MessageStep, own: MessageFact | None) -> None:
    """Ask the gate; a place that was taken back keeps the instant of its first refusal."""
    check_conditions(walk)
    if not walk.active:
        return
    if own and walk.run.pending and walk.run.pending.message_id is not None:
        since = own.first_refused_at or walk.run.pending.refused_since
        why = "a higher priority took its place" if own.reason == DISPLACED else own.reason or "given back"
        walk.tell("released", f"{own.message} lost its place: {why}", message_id=own.id, reason=own.reason)
        walk.change(pending=Pending(refused_since=since))
    outcome = _first_allowed(walk, step)
    match outcome.answer:
        case Allowed(place=place):
            _take(walk, step, outcome, place)
        case Denied(again_at=None) as denied:
            _give_up(walk, step, outcome, denied)
        case Denied() as denied:
            _hold(walk, outcome, denied)


def _first_allowed(walk: Walk, step: MessageStep) -> _Outcome:
    """The first candidate that can reach the person; `on_cap: next` lets the one after it try."""
    outcome = None
    for candidate in step.candidates:
        question = _question(walk, candidate)
        answer = ask(question)
        outcome = _Outcome(question, answer)
        if isinstance(answer, Allowed):
            return outcome
        reaches = not reachable(
            walk.facts, candidate.channel, candidate.topic, candidate.message_class, candidate.sender
        )
        if reaches and question.action != "next":
            return outcome
    assert outcome is not None
    return outcome


def _question(walk: Walk, candidate: Candidate) -> Question:
    since = walk.run.pending.refused_since if walk.run.pending else None
    return Question(walk.plan, walk.run, walk.facts, walk.known, walk.now, candidate, since)


def _take(walk: Walk, step: MessageStep, outcome: _Outcome, place: Place) -> None:
    pending = walk.run.pending
    since = pending.refused_since if pending else None
    since = since or (walk.now if place.first_no else None)
    if walk.run.holdout and outcome.candidate.message_class == "marketing":
        _withhold(walk, step, outcome, place)
        return
    walk.do(_reserve(walk, step, outcome.question, place))
    _tell_place(walk, outcome, place)
    walk.change(pending=Pending(refused_since=since), waits_until=None)
    walk.rest(None)


def _reserve(
    walk: Walk, step: MessageStep, question: Question, place: Place, *, withheld: bool = False
) -> Reserve:
    candidate = question.candidate
    scope = walk.scope()
    codes = () if withheld else codes_of(candidate)
    taken = {name for name, _ in codes_of(candidate)}
    since = question.refused_since or (walk.now if place.first_no else None)
    return Reserve(
        step=step.id,
        iteration=walk.iteration,
        channel=candidate.channel,
        message=candidate.message,
        topic=candidate.topic,
        message_class=candidate.message_class,
        tags=candidate.tags,
        priority=walk.plan.priority,
        planned_at=place.at,
        local_day=place.local_day,
        variables={name: value_of(f, scope) for name, f in candidate.with_ if name not in taken},
        expires_at=question.expires_at,
        exempt=question.exempt,
        sender=candidate.sender,
        withheld=withheld,
        first_refused_at=since,
        place_until=question.place_until,
        household=question.facts.household,
        displaces=() if withheld else place.displaces,
        take_codes=codes,
    )


def _tell_place(walk: Walk, outcome: _Outcome, place: Place) -> None:
    data: dict[str, object] = {"planned_at": iso(place.at), **evidence_of(place.first_no), **_what(outcome)}
    if place.displaces:
        data["displaces"] = list(place.displaces)
    said = f"{outcome.candidate.message} by {outcome.candidate.channel}"
    if place.at <= walk.now:
        walk.tell("reserved", f"{said} leaves now", data)
        return
    why = f"the limit of {place.first_no.limit.text} is full" if place.first_no else "it is outside the hours"
    walk.tell("reserved", f"{said} leaves on {words.at(place.at, walk.facts.zone)}: {why}", data)


def _what(outcome: _Outcome) -> dict[str, object]:
    candidate = outcome.candidate
    return {"message": candidate.message, "channel": candidate.channel, "topic": candidate.topic}


def _withhold(walk: Walk, step: MessageStep, outcome: _Outcome, place: Place) -> None:
    """Who is held out takes the time that the message would have taken, and no place."""
    if place.at > walk.now:
        if walk.run.waits_until is None:
            when = words.at(place.at, walk.facts.zone)
            walk.tell(
                "waiting", f"holdout: {outcome.candidate.message} would leave on {when}", until=iso(place.at)
            )
        walk.change(waits_until=place.at, pending=Pending(refused_since=outcome.question.refused_since))
        walk.rest(place.at)
        return
    walk.do(_reserve(walk, step, outcome.question, place, withheld=True))
    text = f"{outcome.candidate.message} by {outcome.candidate.channel} is withheld: holdout"
    walk.tell("not_sent", text, _what(outcome), because="holdout", rule="holdout")
    walk.go(step.next, Mark(place.at) if place.at > walk.began else None)


def _hold(walk: Walk, outcome: _Outcome, denied: Denied) -> None:
    """Refused for now: asked again later, within `up to` of the first refusal."""
    if walk.run.pending is None:
        said = f"{outcome.candidate.message} by {outcome.candidate.channel} waits: {denied.text}"
        walk.tell("waiting", said, {**denied.data, **_what(outcome)}, because=denied.because)
    since = outcome.question.refused_since or walk.now
    planned = walk.run.waits_until
    again_at = planned if planned and planned > walk.now else denied.again_at
    walk.change(pending=Pending(refused_since=since), waits_until=again_at)
    walk.rest(again_at)


def _give_up(walk: Walk, step: MessageStep, outcome: _Outcome, denied: Denied) -> None:
    said = f"{outcome.candidate.message} by {outcome.candidate.channel} is not sent: {denied.text}"
    walk.tell("not_sent", said, {**denied.data, **_what(outcome)}, because=denied.because)
    if outcome.question.action == "exit" and denied.because in ("cap", "code"):
        walk.end("cap", walk.now, f"ended: {denied.text}")
        return
    walk.go(step.next, _mark(walk, outcome))


def _mark(walk: Walk, outcome: _Outcome) -> Mark | None:
    """When it was given up: at the first look no time has passed by the plan's clock."""
    if walk.now > outcome.question.expires_at:
        return Mark(outcome.question.expires_at)
    return None if walk.just_begun else Mark(walk.now)
