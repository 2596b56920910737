"""The gate before every message: may it leave, and when; asked again in the attempt itself.

In this order: suppression and consent, then the first instant at which hours, holidays and limits all
allow, then whether it is not too old by then. That the run is active and that no goal or exit holds is
asked before; who is held out is told apart after, since a withheld message must have been allowed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dsl.frozen import dataclass
from dsl.local_time import DAY, local_day, midnight
from dsl.plan import Candidate, MessageStep, Plan
from dsl.scope import EventFact
from engine import words
from engine.consent import Refusal, reachable
from engine.hours import LOOKED_AHEAD, Rule, are_open, first_open, rules_for
from engine.interrupts import check_conditions, hear
from engine.pressure import Broken, NoPlace, Place, broken_at, find_place
from engine.question import Question, asked_of, codes_of, ledger_of
from engine.refusals import Denied, expired, without_code, without_place
from engine.scopes import Known
from engine.state import Facts, MessageFact, Run
from engine.walk import Walk
from engine.wishes import asked_to_wait


@dataclass(frozen=True)
class Allowed:
    """It may leave at a place."""

    place: Place


def ask(question: Question) -> Allowed | Denied:
    """Whether a message may leave, and when at the earliest."""
    candidate = question.candidate
    refusal = _unwanted(question, candidate.channel, candidate.topic)
    if refusal:
        return Denied(refusal.because, refusal.text, refusal.data)
    if question.now > question.expires_at:
        return expired(question, None)
    empty = _empty_pool(question)
    if empty:
        return without_code(question, empty)
    return _find(question)


def _unwanted(question: Question, channel: str, topic: str) -> Refusal | None:
    """Why it cannot reach the person, or what they asked for instead; None where nothing is against it."""
    facts, class_ = question.facts, question.candidate.message_class
    by_right = reachable(facts, channel, topic, class_, question.candidate.sender)
    return by_right or asked_to_wait(facts, class_, question.now)


def _find(question: Question) -> Allowed | Denied:
    rules = rules_for(question.plan, question.candidate, question.facts)
    horizon = question.now + LOOKED_AHEAD
    answer = find_place(
        asked_of(question),
        ledger_of(question),
        lambda after, until: first_open(rules, after, until),
        question.now,
        question.place_until or horizon,
        delay=question.action == "delay",
        horizon=horizon,
    )
    if isinstance(answer, NoPlace):
        return without_place(question, answer, rules)
    if answer.at > question.expires_at:
        return expired(question, answer)
    return Allowed(answer)


def _empty_pool(question: Question) -> str | None:
    pools = (pool for _, pool in codes_of(question.candidate))
    return next((pool for pool in pools if pool in question.facts.empty_pools), None)


# At the attempt


@dataclass(frozen=True)
class Verdict:
    """Whether a reserved message may be handed over now. `because`: also `goal`, `exit`, `ended`.

    A yes holds for less long than `until`: from then on the question must be asked again.
    """

    send: bool
    because: str | None = None
    text: str = ""
    next_possible: datetime | None = None
    until: datetime | None = None


def recheck(
    plan: Plan, run: Run, message: MessageFact, facts: Facts, events: tuple[EventFact, ...], now: datetime
) -> Verdict:
    """The questions of the gate again, in the transaction that hands a message over.

    `events` are committed events that the run has not been woken with: a goal or exit among them forbids.
    """
    candidate = candidate_of(plan, message)
    if candidate is None or run.status != "active" or run.position != message.step:
        return Verdict(send=False, because="ended", text="the run has gone on")
    ended = _ended(plan, run, facts, events, now)
    if ended:
        return ended
    return _asked_again(Question(plan, run, facts, Known(facts, events), now, candidate), message)


def candidate_of(plan: Plan, message: MessageFact) -> Candidate | None:
    """The way to say a message that was chosen when it was reserved."""
    step = plan.by_id.get(message.step)
    if not isinstance(step, MessageStep):
        return None
    same = [c for c in step.candidates if c.channel == message.channel]
    return next((c for c in same if c.message == message.message), same[0] if same else None)


def _ended(
    plan: Plan, run: Run, facts: Facts, events: tuple[EventFact, ...], now: datetime
) -> Verdict | None:
    if facts.erased:
        return Verdict(send=False, because="suppressed", text="the person was erased")
    walk = Walk(plan, run, facts, now, events)
    hear(walk)
    if walk.active:
        check_conditions(walk)
    if walk.active:
        return None
    reason = str(walk.run.end_reason)
    because = "goal" if reason == "goal" else "exit"
    return Verdict(send=False, because=because, text=f"the run ends: {reason}")


def _asked_again(question: Question, message: MessageFact) -> Verdict:
    candidate, now = question.candidate, question.now
    refusal = _unwanted(question, message.channel, message.topic)
    if refusal:
        return Verdict(send=False, because=refusal.because, text=refusal.text)
    if message.expires_at and now > message.expires_at:
        late = words.at(message.expires_at, question.facts.zone)
        return Verdict(send=False, because="expired", text=f"it had to leave by {late}")
    rules = rules_for(question.plan, candidate, question.facts)
    if not are_open(rules, now):
        possible = first_open(rules, now, now + LOOKED_AHEAD)
        hours = "; ".join(words.hours(rule.hours) for rule in rules)
        return Verdict(send=False, because="hours", text=f"it may only leave {hours}", next_possible=possible)
    broken = None if message.exempt else _broken_now(question, message)
    if broken:
        return Verdict(send=False, because="cap", text=f"the limit of {broken.limit.text} is full")
    return Verdict(send=True, until=_good_until(question, message, rules))


def _good_until(question: Question, message: MessageFact, rules: Sequence[Rule]) -> datetime | None:
    """When hours close, the day that limits count ends, or it is too old: whatever comes first."""
    ends = [rule.closes(question.now) for rule in rules]
    if not message.exempt:
        ends.append(midnight(local_day(question.now, question.zone) + DAY, question.zone))
    if message.expires_at:
        ends.append(message.expires_at + datetime.resolution)
    return min(ends, default=None)


def _broken_now(question: Question, message: MessageFact) -> Broken | None:
    """The limits again where the message leaves at another place than the one it reserved.

    On the day that it was given places alone cannot have filled a limit, but the brand or the person may have
    lowered one: it is held to what has left, as in rolling days, where every message leaves a little later
    than planned, and those still to come will be held to it. In a household that the person came to since, it
    has no place yet.
    """
    asked, now = asked_of(question), question.now
    others = [m for m in ledger_of(question) if m.id != message.id]
    left = [m for m in others if m.state != "reserved"]
    if asked.day == "rolling":
        return broken_at(asked, left, now)
    if local_day(now, question.zone) != message.local_day:
        return broken_at(asked, others, now)
    moved = message.household != question.facts.household
    newly = tuple(limit for limit in asked.limits if moved and limit.of == "household")
    broken = broken_at(asked, left, now)
    return broken_at(replace(asked, limits=newly), others, now) if newly and not broken else broken
