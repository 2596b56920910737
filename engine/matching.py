"""Whether a trigger's own condition holds for an event, and for which items of it."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from dsl.evaluate import holds, value_of
from dsl.plan import ChangeTrigger, EventTrigger, Plan, Trigger
from dsl.policy import Formula
from dsl.scope import EventFact, Scope
from dsl.values import Value
from engine.consent import receiving
from engine.scopes import Known
from engine.state import Facts

IMPORT = "import"
"""The source of attribute changes that are silent unless a trigger includes them."""


def matched(
    plan: Plan, trigger: Trigger, facts: Facts, event: EventFact | None
) -> Sequence[Mapping[str, Value]]:
    """The items for which a contact may enter: none where the condition is not true, `{}` without items."""
    match trigger:
        case EventTrigger(pattern=pattern, for_each=for_each):
            if event is None or event.name != pattern.event:
                return ()
            if not _true(pattern.where, plan, facts, event):
                return ()
            return ({},) if for_each is None else _items(for_each, plan, facts, event)
        case ChangeTrigger():
            return ({},) if event is not None and _changed(trigger, plan, facts, event) else ()
    return ({},)


def _changed(trigger: ChangeTrigger, plan: Plan, facts: Facts, event: EventFact) -> bool:
    said = event.properties
    if said.get("attribute") != trigger.attribute:
        return False
    if said.get("source") == IMPORT and not trigger.include_imports:
        return False
    return _true(trigger.where, plan, facts, event)


def _true(formula: Formula | None, plan: Plan, facts: Facts, event: EventFact) -> bool:
    return formula is None or holds(formula, _scope(plan, facts, event))


def _items(for_each: Formula, plan: Plan, facts: Facts, event: EventFact) -> Sequence[Mapping[str, Value]]:
    items = value_of(for_each, _scope(plan, facts, event)) or ()
    # Of a list of texts and the like, the item itself is the field of this name.
    return [item if isinstance(item, Mapping) else {"item": item} for item in items]


def _scope(plan: Plan, facts: Facts, event: EventFact) -> Scope:
    changed = {name: event.properties.get(name) for name in ("before", "after")}
    return Scope(
        world=facts.world,
        now=event.at,
        zone=ZoneInfo(plan.zone or facts.zone),
        attributes=facts.attributes,
        history=Known(facts, (event,)).named,
        event=event.properties,
        looked_at=event.properties,
        changed=changed,
        can_receive=receiving(facts, plan.topic, plan.message_class),
        tracked_since=facts.tracked_since,
    )
