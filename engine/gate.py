"""The gate before every message: may it leave, and when; asked again in the attempt itself.

In this order: suppression and consent, then the first instant at which hours, holidays and limits all
allow, then whether it is not too old by then. That the run is active and that no goal or exit holds is
asked before; who is held out is told apart after, since a withheld message must have been allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dsl.evaluate import value_of
from dsl.local_time import add, local_day
from dsl.nodes import Call, Choice, Constant, Field
from dsl.plan import Candidate, MessageStep, Plan
from dsl.policy import Formula, Limit, OnCapAction
from dsl.scope import EventFact
from engine import words
from engine.consent import Refusal, reachable
from engine.hours import LOOKED_AHEAD, Rule, are_open, first_open, rules_for
from engine.interrupts import check_conditions, hear
from engine.pressure import Asked, Broken, NoPlace, Place, broken_at, find_place, is_exempt
from engine.scopes import Known, scope_of
from engine.state import Because, Facts, MessageFact, Run
from engine.walk import Walk, iso

ASK_FOR_CODES_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Question:
    """A message that asks to leave: who asks, what, and since when a limit has been saying no."""

    plan: Plan
    run: Run
    facts: Facts
    known: Known
    now: datetime
    candidate: Candidate
    refused_since: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The person's zone, in which days are counted."""
        return ZoneInfo(self.facts.zone)

    @property
    def action(self) -> OnCapAction:
        """What to do where there is no place."""
        return (self.candidate.on_cap or self.facts.world.policy.pressure.on_cap).action

    @property
    def expires_at(self) -> datetime:
        """When it is too old: counted from when the step was reached."""
        length = self.candidate.expires or self.facts.world.policy.expires
        return add(self.run.began.at, length, ZoneInfo(self.plan.zone or self.facts.zone))

    @property
    def place_until(self) -> datetime | None:
        """The end of `delay up to`, from the first refusal; None where nothing is delayed."""
        on_cap = self.candidate.on_cap or self.facts.world.policy.pressure.on_cap
        if on_cap.action != "delay":
            return None
        return add(self.refused_since or self.now, on_cap.up_to, self.zone)

    @property
    def exempt(self) -> bool:
        """Whether limits do not hold for it."""
        return is_exempt(self.candidate, self.candidate.tags, self.facts.world.policy.pressure)


@dataclass(frozen=True)
class Allowed:
    """It may leave at a place."""

    place: Place


@dataclass(frozen=True)
class Denied:
    """It may not leave. `data` is what `why` tells; `again_at`: asked again then, else given up."""

    because: Because
    text: str
    data: Mapping[str, object] = field(default_factory=dict)
    again_at: datetime | None = None


def ask(question: Question) -> Allowed | Denied:
    """Whether a message may leave, and when at the earliest."""
    candidate, facts = question.candidate, question.facts
    refusal = reachable(facts, candidate.channel, candidate.topic, candidate.message_class, candidate.sender)
    if refusal:
        return Denied(refusal.because, refusal.text, refusal.data)
    if question.now > question.expires_at:
        return _expired(question, None)
    empty = _empty_pool(question)
    if empty:
        return _without_code(question, empty)
    return _find(question)


def _find(question: Question) -> Allowed | Denied:
    rules = rules_for(question.plan, question.candidate, question.facts)
    horizon = question.now + LOOKED_AHEAD
    answer = find_place(
        asked_of(question),
        question.facts.messages,
        lambda after, until: first_open(rules, after, until),
        question.now,
        question.place_until or horizon,
        delay=question.action == "delay",
        horizon=horizon,
    )
    if isinstance(answer, NoPlace):
        return _without_place(question, answer, rules)
    if answer.at > question.expires_at:
        return _expired(question, answer)
    return Allowed(answer)


def asked_of(question: Question) -> Asked:
    """The limits that a message is asked for, none where it is exempt."""
    pressure = question.facts.world.policy.pressure
    limits = () if question.exempt else tuple(each for each in pressure.limits if _is_asked(question, each))
    return Asked(limits, question.plan.priority, pressure.day, question.zone)


def _is_asked(question: Question, limit: Limit) -> bool:
    """A limit whose `when` is unknown applies."""
    candidate = question.candidate
    if limit.channel not in (None, candidate.channel):
        return False
    if limit.tag is not None and limit.tag not in candidate.tags:
        return False
    if limit.when is None:
        return True
    message = {
        "priority": Decimal(question.plan.priority),
        "class": candidate.message_class,
        "channel": candidate.channel,
        "tags": candidate.tags,
    }
    scope = scope_of(
        question.plan, question.run, question.facts, question.known, question.now, message=message
    )
    return value_of(limit.when, scope) is not False


# Why not


def evidence_of(broken: Broken | None) -> dict[str, object]:
    """A limit and the messages that fill it, as the trail holds them."""
    return {"rule": broken.limit.text, "evidence": list(broken.evidence)} if broken else {}


def _expired(question: Question, place: Place | None) -> Denied:
    late = words.at(question.expires_at, question.facts.zone)
    data: dict[str, object] = {"rule": "expires", "expires_at": iso(question.expires_at)}
    if place is None:
        return Denied("expired", f"it was too late: it had to leave by {late}", data)
    when = words.at(place.at, question.facts.zone)
    text = f"it could leave on {when} at the earliest, and had to by {late}"
    data |= {"next_possible": iso(place.at)}
    return Denied("expired", text, data | {f"limit_{k}": v for k, v in evidence_of(place.first_no).items()})


def _without_place(question: Question, answer: NoPlace, rules: tuple[Rule, ...]) -> Denied:
    possible = answer.next_possible
    then = f"; the next place is {words.at(possible, question.facts.zone)}" if possible else ""
    data: dict[str, object] = {
        "next_possible": iso(possible),
        "up_to": iso(question.place_until),
        "on_cap": question.action,
    }
    if answer.first_no:
        count = len(answer.first_no.evidence)
        text = f"the limit of {answer.first_no.limit.text} was full with {count}{then}"
        return Denied("cap", text, data | evidence_of(answer.first_no))
    hours = "; ".join(words.hours(rule.hours) for rule in rules)
    text = f"{question.candidate.channel} may only leave {hours}{then}"
    return Denied("hours", text, data | {"rule": hours})


def _empty_pool(question: Question) -> str | None:
    pools = (pool for _, pool in codes_of(question.candidate))
    return next((pool for pool in pools if pool in question.facts.empty_pools), None)


def codes_of(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    """The codes that a message takes: (variable, pool)."""
    pools = ((name, _pool_of(formula)) for name, formula in candidate.with_)
    return tuple((name, pool) for name, pool in pools if pool is not None)


def _pool_of(formula: Formula) -> str | None:
    match formula.root:
        case Call(function="take", arguments=(Choice(value=pool) | Constant(value=pool),)):
            return str(pool)
        case Call(function="take", arguments=(Field(path=path),)):
            return path[-1]
    return None


def _without_code(question: Question, pool: str) -> Denied:
    """An empty pool holds a message as a limit would; codes may be added meanwhile, so it asks again."""
    until = question.place_until
    text = f"no code is left in {pool}"
    data: dict[str, object] = {"rule": f"take({pool})", "pool": pool, "up_to": iso(until)}
    if until is None or question.now >= until:
        return Denied("code", text, data)
    return Denied("code", text, data, min(until, question.now + ASK_FOR_CODES_EVERY))


# At the attempt


@dataclass(frozen=True)
class Verdict:
    """Whether a reserved message may be handed over now. `because`: also `goal`, `exit`, `ended`."""

    send: bool
    because: str | None = None
    text: str = ""
    next_possible: datetime | None = None


YES = Verdict(send=True)


def recheck(
    plan: Plan, run: Run, message: MessageFact, facts: Facts, events: tuple[EventFact, ...], now: datetime
) -> Verdict:
    """The questions of the gate again, in the transaction that hands a message over.

    `events` are committed events that the run has not been woken with: a goal or exit among them forbids.
    """
    ended = _ended(plan, run, message, facts, events, now)
    if ended:
        return ended
    candidate = candidate_of(plan, message)
    if candidate is None:
        return Verdict(send=False, because="ended", text=f"the step {message.step} is no longer in the plan")
    return _asked_again(Question(plan, run, facts, Known(facts, events), now, candidate), message)


def candidate_of(plan: Plan, message: MessageFact) -> Candidate | None:
    """The way to say a message that was chosen when it was reserved."""
    step = plan.by_id.get(message.step)
    if not isinstance(step, MessageStep):
        return None
    same = [c for c in step.candidates if c.channel == message.channel]
    return next((c for c in same if c.message == message.message), same[0] if same else None)


def _ended(
    plan: Plan, run: Run, message: MessageFact, facts: Facts, events: tuple[EventFact, ...], now: datetime
) -> Verdict | None:
    if run.status != "active" or run.position != message.step:
        return Verdict(send=False, because="ended", text="the run has gone on")
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
    refusal: Refusal | None = reachable(
        question.facts, message.channel, message.topic, candidate.message_class, candidate.sender
    )
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
    return YES


def _broken_now(question: Question, message: MessageFact) -> Broken | None:
    """The limits again where the message leaves at another place than the one it reserved.

    On the day that it was given nothing can have changed. In rolling days every message leaves a little
    later than planned, so it is held to those that have left, and those still to come will be held to it.
    """
    asked = asked_of(question)
    others = [m for m in question.facts.messages if m.id != message.id]
    if asked.day == "calendar" and local_day(question.now, question.zone) == message.local_day:
        return None
    if asked.day == "rolling":
        others = [m for m in others if m.state != "reserved"]
    return broken_at(asked, others, question.now)
