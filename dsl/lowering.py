"""Scenario to Plan. Only what passed every check comes here, so that nothing is missing."""

from dataclasses import replace

from dsl import plan as p
from dsl import scenario as s
from dsl.catalog import Catalog, MessageClass
from dsl.flow import most_messages
from dsl.meaning import Meanings
from dsl.needs import needs_of
from dsl.nodes import Expression
from dsl.step_lowering import Graph
from dsl.values import Duration


def lower(scenario: s.Scenario, meanings: Meanings, world: p.World) -> p.Plan:
    """The plan of a checked scenario."""
    graph = Graph(scenario, meanings, world.catalog)
    start, steps = graph.lower()
    return replace(
        _described(scenario, world.catalog),
        triggers=tuple(_trigger(trigger, graph) for trigger in scenario.triggers),
        steps=steps,
        start=start,
        audience=graph.formula(scenario.audience),
        key=graph.formula(scenario.key),
        goal=_goal(scenario.goal, graph),
        exits=tuple(_exit(each, graph) for each in scenario.exits),
        handlers=tuple(_handler(each, graph) for each in scenario.handlers),
        needs=needs_of(_expressions(meanings), world),
        max_messages=most_messages(scenario.steps),
        variables=tuple(sorted(meanings.variables.items())),
    )


def _described(scenario: s.Scenario, catalog: Catalog) -> p.Plan:
    """What needs no meaning to be found: the plan without all that asks, starts, sends and ends."""
    entry = scenario.entry
    return p.Plan(
        scenario=scenario.name.value,
        title=scenario.title,
        program=scenario.program,
        topic=scenario.topic.value if scenario.topic else "",
        message_class=_class(scenario, catalog),
        triggers=(),
        steps=(),
        start=None,
        owner=scenario.owner,
        stage=scenario.stage,
        kpi=scenario.kpi,
        priority=scenario.priority,
        zone=scenario.zone,
        tags=tuple(tag.value for tag in scenario.tags),
        entry=p.Entry(entry.rule, entry.period) if entry else p.Entry(),
        while_active=scenario.while_active,
        holdout=scenario.holdout,
        on_edit=scenario.on_edit,
        existing=_existing(scenario),
    )


def _class(scenario: s.Scenario, catalog: Catalog) -> MessageClass:
    if scenario.message_class:
        return scenario.message_class.value
    return catalog.topics[scenario.topic.value].message_class if scenario.topic else "marketing"


def _existing(scenario: s.Scenario) -> s.Existing:
    """It may be said at the segment's trigger or for the scenario."""
    included = any(isinstance(t, s.SegmentTrigger) and t.existing for t in scenario.triggers)
    return "include" if included else scenario.existing


def _expressions(meanings: Meanings) -> tuple[Expression, ...]:
    return tuple(meaning.expression for meaning in meanings.of.values())


def _goal(goal: s.Goal | None, graph: Graph) -> p.Goal | None:
    return p.Goal(graph.pattern(goal.pattern), goal.within, goal.exits) if goal else None


def _exit(end: s.Exit, graph: Graph) -> p.Exit:
    if end.pattern is not None:
        return p.Exit(end.reason or end.pattern.event.value, graph.pattern(end.pattern))
    return p.Exit(end.reason or "condition", condition=graph.formula(end.condition))


def _handler(handler: s.Handler, graph: Graph) -> p.Handler:
    return p.Handler(graph.pattern(handler.pattern), graph.assignments(handler.assignments))


def _trigger(trigger: s.Trigger, graph: Graph) -> p.Trigger:
    match trigger:
        case s.EventTrigger(pattern=pattern, for_each=for_each, reaches=reaches):
            if reaches is not None:
                return p.ReachTrigger(graph.pattern(pattern), graph.meanings.formula(reaches))
            return p.EventTrigger(graph.pattern(pattern), graph.formula(for_each))
        case s.DateTrigger(date=date, yearly=yearly, offset=offset, at=at, if_past=past):
            return p.DateTrigger(graph.meanings.formula(date), yearly, offset, at, past)
        case s.ScanTrigger(every=every, at=at, on=on, spread=spread):
            return p.ScanTrigger(every, at, on, _seconds(spread))
        case s.SegmentTrigger(segment=segment, direction=direction, checked_at=at):
            return p.SegmentTrigger(segment.value, direction, at)
        case s.ChangeTrigger(attribute=attribute, where=where, include_imports=imports):
            return p.ChangeTrigger(attribute.value, graph.formula(where), imports)
        case s.CampaignTrigger(at=local, if_past=past, spread=spread):
            return p.CampaignTrigger(local, past, _seconds(spread))
        case s.ApiTrigger(inputs=inputs):
            return p.ApiTrigger(inputs)


def _seconds(length: Duration | None) -> int:
    return length.exact_seconds if length else 0
