"""Who enters a scenario: lateness, the key, runs under way, the entry rule, the audience.

That the trigger's own condition holds is `matching`'s to say, but for a trigger that reaches people by their
history, which is asked of each of them here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from dsl.evaluate import holds, value_of
from dsl.local_time import add
from dsl.plan import EventTrigger, Plan, ReachTrigger, Trigger
from dsl.policy import Formula
from dsl.scope import EventFact, Mark, Scope
from dsl.values import Money, Value, write_value
from engine.occurrence_names import nominal
from engine.scopes import Known, scope_of
from engine.shares import held_out
from engine.state import Facts, Run

Reason: TypeAlias = Literal[
    "", "erased", "late", "not reached", "unknown key", "active", "entry rule", "audience"
]
"""Why somebody does not enter; empty for who does."""


@dataclass(frozen=True, slots=True)
class Previous:
    """A run that the person had in the scenario, of whatever version."""

    run_id: int
    entered_at: datetime
    active: bool
    key: str | None = None
    occurrence: str | None = None


@dataclass(frozen=True)
class Admission:
    """A run that begins, not yet walked, with id and version 0 until it is stored; or why there is none.

    `replaces` are the active runs that end as `restarted`.
    """

    run: Run | None
    reason: Reason = ""
    replaces: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """Somebody who may enter, as the run that it would be."""

    plan: Plan
    facts: Facts
    event: EventFact | None
    run: Run
    now: datetime
    occurrence: str | None = None

    def holds(self, formula: Formula) -> bool:
        """Whether a condition is true of the person, the triggering event included in what they did."""
        return holds(formula, self._scope())

    def key(self) -> Value:
        """The key of the run, None where it is unknown or there is none."""
        return value_of(self.plan.key, self._scope()) if self.plan.key else None

    def reached(self, trigger: ReachTrigger) -> bool:
        where = trigger.pattern.where
        return (where is None or self.holds(where)) and self.holds(trigger.reaches)

    def breaks_entry_rule(self, same: Sequence[Previous]) -> bool:
        """`same` are the runs that the person had with this key; periods count from entry to entry.

        Between two occurrences of triggers by time they count from when these were due: that a scan or a
        turn in a spread came a little earlier than the last time keeps nobody out.
        """
        rule = self.plan.entry
        if rule.rule == "always" or not same:
            return False
        if rule.rule == "once" or rule.period is None:
            return True
        zone = ZoneInfo(self.plan.zone or self.facts.zone)
        due_at = nominal(self.occurrence, self.run.entered.at, zone)
        for each in same:
            before = nominal(each.occurrence, each.entered_at, zone)
            last, this = (before, due_at) if before and due_at else (each.entered_at, self.run.entered.at)
            if add(last, rule.period, zone) > this:
                return True
        return False

    def _scope(self) -> Scope:
        known = Known(self.facts, (self.event,) if self.event else ())
        looked_at = self.event.properties if self.event else {}
        # What they enter by has happened, though the clock of the machine that took it is ahead of ours.
        now = max(self.now, self.run.entered.at)
        return scope_of(self.plan, self.run, self.facts, known, now, looked_at=looked_at)


def admit(
    plan: Plan,
    trigger: Trigger,
    facts: Facts,
    event: EventFact | None,
    item: Mapping[str, Value] | None,
    occurrence: str | None,
    previous: Sequence[Previous],
    now: datetime,
) -> Admission:
    """Whether a person enters a scenario now.

    `event` is what triggered, None for a trigger by time; its instant is the entry's. `item` is one of
    `for_each`; `occurrence` names the day or scan of a trigger by time, which the store admits once.
    """
    if facts.erased:
        return Admission(None, "erased")
    if event is not None and occurrence is None and _is_late(facts, trigger, event, now):
        return Admission(None, "late")
    entry = _Entry(plan, facts, event, _begun(plan, facts, event, item, now), now, occurrence)
    if isinstance(trigger, ReachTrigger) and not entry.reached(trigger):
        return Admission(None, "not reached")
    value = entry.key()
    if plan.key is not None and value is None:
        return Admission(None, "unknown key")
    key, typed = key_text(value), None if isinstance(value, str) else value
    if key is not None:
        entry = replace(entry, run=entry.run.changed(key=key, typed_key=typed))
    # The empty text and no key at all are one to the store, whatever version asked for which.
    return _among(entry, [each for each in previous if (each.key or "") == (key or "")])


def _among(entry: _Entry, same: Sequence[Previous]) -> Admission:
    """Admission among the runs that the person had with the same key."""
    plan = entry.plan
    active = tuple(each.run_id for each in same if each.active)
    restarts = bool(active) and plan.while_active == "restart"
    if active and plan.while_active == "ignore":
        return Admission(None, "active")
    if not restarts and entry.breaks_entry_rule(same):
        return Admission(None, "entry rule")
    if plan.audience is not None and not entry.holds(plan.audience):
        return Admission(None, "audience")
    return Admission(entry.run, "", active if restarts else ())


def _is_late(facts: Facts, trigger: Trigger, event: EventFact, now: datetime) -> bool:
    """An event that arrived more than `late_events` after its instant enters history and starts nothing.

    Not one that waited with us: what was accepted in time is not lost because workers were away.
    """
    if not isinstance(trigger, EventTrigger | ReachTrigger):
        return False
    return (event.arrived or now) - event.at > timedelta(seconds=facts.world.policy.late_events.exact_seconds)


def _begun(
    plan: Plan, facts: Facts, event: EventFact | None, item: Mapping[str, Value] | None, now: datetime
) -> Run:
    entered = Mark(event.at, event.seq) if event else Mark(now)
    return Run(
        id=0,
        scenario=plan.scenario,
        version=0,
        contact_id=facts.contact_id,
        entered=entered,
        position=plan.start,
        began=entered,
        trigger_event=dict(event.properties) if event else {},
        item=dict(item or {}),
        due_at=now,
        holdout=held_out(facts.contact_id, plan.scenario, plan.holdout),
    )


def key_text(value: Value) -> str | None:
    """A key as it is stored and compared: one text for one value, whatever its type."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Money):
        return f"{write_value(value.amount)} {value.currency}"
    return str(write_value(value))
