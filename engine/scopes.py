"""What a run sees: the facts of its person as the scope that expressions are evaluated against."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from dsl.plan import Plan
from dsl.scope import NOTHING, EventFact, Scope
from dsl.values import Value
from engine.consent import receiving
from engine.state import GONE, Facts, MessageFact, Run


class Known:
    """The committed events of a person, oldest first, those that have just come in among them."""

    def __init__(self, facts: Facts, new: Iterable[EventFact] = ()) -> None:
        seen = {event.seq for event in facts.events}
        missing = [event for event in new if event.seq not in seen]
        self.events = facts.events
        if missing:
            self.events = tuple(sorted((*facts.events, *missing), key=lambda event: (event.at, event.seq)))

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[EventFact, ...]]:
        names: dict[str, list[EventFact]] = {}
        for event in self.events:
            names.setdefault(event.name, []).append(event)
        return {name: tuple(events) for name, events in names.items()}

    def named(self, name: str) -> tuple[EventFact, ...]:
        """The events of one name, oldest first."""
        return self._by_name.get(name, ())

    def of_step(self, run: Run, step: str, messages: Sequence[MessageFact]) -> tuple[EventFact, ...]:
        """What became of the messages of a step of this run.

        That a message left is known from its own record before the event that tells so is there.
        """
        told = [e for e in self.events if e.name.startswith("message.") and is_of_step(e, run, step)]
        if not any(event.name == "message.sent" for event in told):
            told += [
                EventFact(0, "message.sent", message.at, {"step": step, "channel": message.channel})
                for message in messages
                if message.run_id == run.id and message.step == step and message.state in GONE
            ]
        return tuple(sorted(told, key=lambda event: (event.at, event.seq)))


def is_of_step(event: EventFact, run: Run, step: str) -> bool:
    """Whether a message event is about a message of this step of this run."""
    properties = event.properties
    return (
        properties.get("step") == step
        and properties.get("scenario") == run.scenario
        and str(properties.get("run_id")) == str(run.id)
    )


def scope_of(
    plan: Plan,
    run: Run,
    facts: Facts,
    known: Known,
    now: datetime,
    *,
    looked_at: Mapping[str, Value] = NOTHING,
    changed: Mapping[str, Value] = NOTHING,
    message: Mapping[str, Value] = NOTHING,
) -> Scope:
    """The scope in which a run asks at an instant; the scenario's zone replaces the person's."""
    return Scope(
        world=facts.world,
        now=now,
        zone=ZoneInfo(plan.zone or facts.zone),
        attributes=facts.attributes,
        history=known.named,
        entry=run.entered,
        steps=run.steps,
        event=run.trigger_event,
        item=run.item,
        run=run.named,
        bound=run.bound,
        looked_at=looked_at,
        changed=changed,
        message=message,
        message_events=lambda step: known.of_step(run, step, facts.messages),
        can_receive=receiving(facts, plan.topic, plan.message_class),
        tracked_since=facts.tracked_since,
    )


def scope_of_person(plan: Plan, facts: Facts, now: datetime) -> Scope:
    """What a condition of a scenario over a person sees at an instant, outside of any run."""
    return Scope(
        world=facts.world,
        now=now,
        zone=ZoneInfo(plan.zone or facts.zone),
        attributes=facts.attributes,
        history=Known(facts).named,
        can_receive=receiving(facts, plan.topic, plan.message_class),
        tracked_since=facts.tracked_since,
    )
