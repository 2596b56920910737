"""A message that asks to leave: all that the gate looks at, and what follows from it by the rules."""

from datetime import datetime
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from dsl.evaluate import value_of
from dsl.frozen import dataclass
from dsl.local_time import add
from dsl.nodes import Call, Constant
from dsl.plan import Candidate, Plan
from dsl.policy import Formula, Limit, OnCapAction
from engine.pressure import Asked, Counted
from engine.scopes import Known, scope_of
from engine.state import Facts, Run
from engine.wishes import own_limits


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

    @cached_property
    def expires_at(self) -> datetime:
        """When it is too old: counted from when the step was reached."""
        length = self.candidate.expires or self.facts.world.policy.expires
        return add(self.run.began.at, length, ZoneInfo(self.plan.zone or self.facts.zone))

    @cached_property
    def place_until(self) -> datetime | None:
        """The end of `delay up to`, from the first refusal; None where nothing is delayed."""
        on_cap = self.candidate.on_cap or self.facts.world.policy.pressure.on_cap
        if on_cap.action != "delay":
            return None
        return add(self.refused_since or self.now, on_cap.up_to, self.zone)

    @property
    def exempt(self) -> bool:
        """Whether limits do not hold for it."""
        pressure = self.facts.world.policy.pressure
        return pressure.exempts(self.candidate.message_class, self.candidate.tags)


def asked_of(question: Question) -> Asked:
    """The limits that a message is asked for, none where it is exempt."""
    pressure = question.facts.world.policy.pressure
    if question.exempt:
        return Asked((), question.plan.priority, pressure.day, question.zone)
    own = own_limits(question.facts, question.candidate.message_class)
    # One that all messages together cannot fill never says no, whomever it is asked for.
    most = len(ledger_of(question))
    near = (each for each in pressure.limits if each.at_most <= most and _is_asked(question, each))
    limits = (*near, *own)
    return Asked(limits, question.plan.priority, pressure.day, question.zone, question.facts.household)


def ledger_of(question: Question) -> tuple[Counted, ...]:
    """All messages that limits may count: the person's, and those to others of the household."""
    return (*question.facts.messages, *question.facts.housemates)


def _is_asked(question: Question, limit: Limit) -> bool:
    """A limit whose `when` is unknown applies; that of a household holds for those who are in one."""
    candidate = question.candidate
    if limit.of == "household" and question.facts.household is None:
        return False
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


def codes_of(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    """The codes that a message takes: (variable, pool)."""
    pools = ((name, _pool_of(formula)) for name, formula in candidate.with_)
    return tuple((name, pool) for name, pool in pools if pool is not None)


def _pool_of(formula: Formula) -> str | None:
    match formula.root:
        case Call(function="take", arguments=(Constant(value=pool),)):
            return str(pool)
    return None
